using Akka.Actor;
using Akka.Event;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>From an init that exists to one that has its plan: id maps, limits that it has no privilege for, what it mounts from outside.</summary>
public sealed partial class ContainerActor
{
    private void OnLaunched(InitLaunched launched)
    {
        _pidfd = launched.Pidfd;
        _launch!.UserNamespaces = launched.UserNamespaces;
        WatchExit();
        var started = new InitSpawned { At = Now, Pid = launched.Pid, StartTime = Sys.ProcessStartTime(launched.Pid) ?? 0 };
        Record(started, () =>
        {
            if (_launch is not { } launch || _undoing is not null) return;
            if (launch.Restoring) OnRestoredNamespaces(launch);
            else if (launch.Blueprint.Driver.NeedsInit) Make(launch);
            else Admit(launch);
        });
    }

    /// <summary>The next step of an init that is where it belongs.</summary>
    private void Admit(Launch launch)
    {
        if (!launch.Blueprint.NeedsIdMaps) OnSpawned(launch);
        else MapIds(launch);
    }

    /// <summary>The maps come before the plan: with the plan, init becomes root of its user namespace.</summary>
    private void MapIds(Launch launch)
    {
        try
        {
            if (IdMapWriter.Write(_state.Pid, launch.Blueprint.Spec.Linux!, _services.Reactor) is { } writing)
                writing.PipeTo(Self, Self, () => new IdsMapped(launch), e => new StepFailed(launch, e));
            else OnIdsMapped(launch);
        }
        catch (SyscallException e)
        {
            GiveUp(e.Message);
        }
    }

    private void OnIdsMapped(Launch launch)
    {
        if (launch != _launch || _undoing is not null) return;
        launch.Channel!.Send(FrameKind.Continue);
        OnSpawned(launch);
    }

    private void OnSpawned(Launch launch)
    {
        launch.Spawned = true;
        RaiseLimits(launch.Blueprint.Plan);
        SendPlan();
        // Unless the plan could not be sent.
        if (launch.Channel is { } channel) Listen(channel);
    }

    /// <summary>In its own user namespace init has no privilege for this. Where we have none either, init will say what it may not have.</summary>
    private void RaiseLimits(InitPlan plan)
    {
        if (!plan.UserNamespace) return;
        foreach (var limit in plan.Process?.Rlimits ?? [])
        {
            try
            {
                limit.Raise(_state.Pid);
            }
            catch (SyscallException e)
            {
                _log.Info("Container {ContainerId}: {Reason}", _key.Id, e.Message);
            }
        }
    }

    private void SendPlan()
    {
        if (_launch is not { Provisioning: { } provisioning } launch || launch.PlanSent || !(launch.Spawned || (launch.Channel is not null && !launch.Blueprint.PlanAwaitsLaunch))) return;
        launch.PlanSent = true;
        IReadOnlyList<(int Index, FdHandle Tree)> sources;
        try
        {
            launch.Blueprint.Resctrl?.Enter(_state.Pid);
            sources = launch.Blueprint.OpenSources(_state.Pid, launch.UserNamespaces);
        }
        catch (Exception e) when (e is SyscallException or ContainerException or InvalidDataException)
        {
            GiveUp(e.Message);
            return;
        }

        var plan = launch.Blueprint.Plan with
        {
            CgroupCount = provisioning.Entry.V1Tasks.Count,
            ConsoleSocket = launch.Command.ConsoleSocket is not null,
            OpenedSources = [.. sources.Select(s => s.Index)],
        };
        List<FdHandle> descriptors = [provisioning.StartSocket];
        if (launch.Command.ConsoleSocket is { } console) descriptors.Add(console);
        descriptors.AddRange(provisioning.Entry.V1Tasks);
        descriptors.AddRange(sources.Select(s => s.Tree));
        launch.Channel!.Send(FrameKind.Plan, plan.Write(new WireWriter()), [.. descriptors]);
        foreach (var (_, tree) in sources) tree.Dispose();
        launch.DropUserNamespaces();
        provisioning.Dispose();
        launch.Command.ConsoleSocket?.Dispose();
    }
}
