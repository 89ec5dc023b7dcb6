using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Anocir.Actors.Consoles;
using Anocir.Actors.Execs;
using Anocir.Actors.Hooks;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Containers;

/// <summary>From config.json to an init that waits for start.</summary>
public sealed partial class ContainerActor
{
    private Launch? _launch;

    private void Create(CreateContainer command)
    {
        if (_departed || IsRepeated(command))
        {
            AnswerAgain(command);
            return;
        }

        if (_state.Status != ContainerStatus.None)
        {
            command.Dispose();
            Sender.Tell(new Answer("container with given ID already exists"));
            return;
        }

        if (AwaitsDriver(command)) return;
        Blueprint blueprint;
        try
        {
            blueprint = Blueprint.Draw(_key, command, _services);
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            command.Dispose();
            Depart(refused: true);
            Sender.Tell(new Answer(e.Message));
            return;
        }

        _launch = new Launch(command, blueprint, Sender);
        _template = ExecTemplate.From(blueprint.Spec, blueprint.Plan.Process?.Seccomp);
        // How long a restore takes is the images' affair.
        if (!_launch.Restoring) LimitCreation();
        Record(blueprint.ToEvent(Now), Provision);
    }

    private bool IsRepeated(CreateContainer command) => _launch is null && command.Operation.Length > 0 && _state.Creation?.Operation == command.Operation;

    /// <summary>
    /// The supervisor was killed between what was asked and its answer. A container that had come so far is answered for, lest its
    /// program run twice; of another everything goes, and it is created anew.
    /// </summary>
    private void AnswerAgain(CreateContainer command)
    {
        var done = command.Options.StartNow ? _state.Started : _state.Status == ContainerStatus.Created;
        if (!done || _departed || _state.Deleting || _deletions.Count > 0)
        {
            Context.Parent.Tell(new CreateAnew(_key, command, Sender));
            return;
        }

        command.Dispose();
        Sender.Tell(new Answer(null, "", _state.Pid));
        if (command.Options.DeleteAtExit && _console is null) DeleteAtExit(Sender);
    }

    private void Provision()
    {
        var launch = _launch!;
        // Where the kernel lets a process into its cgroups only by itself (v1), the caller clones while we make them.
        if (launch.Blueprint.Driver.NeedsInit && launch.Restoring) OrderRestore(launch);
        else if (!launch.Restoring && !launch.Blueprint.CloneIntoCgroup) SendTicket(null);
        if (!launch.Blueprint.Driver.NeedsInit) Make(launch, 0);
    }

    /// <param name="launch">The creation.</param>
    /// <param name="init">The process that the cgroup is made around, for a driver that needs one.</param>
    private void Make(Launch launch, int init)
    {
        var (key, blueprint) = (_key, launch.Blueprint);
        // Fairly queued: a plain task would run on this very thread as its next, before the ticket goes out.
        launch.Making = Task.Factory.StartNew(
            () => Provisioning.Make(key, blueprint, init), CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default).Unwrap();
        launch.Making.PipeTo(Self, Self, p => new Provisioned(launch, p), e => new StepFailed(launch, e));
    }

    private void SendTicket(FdHandle? cgroup)
    {
        var launch = _launch!;
        var (ours, inits) = UnixSocket.Pair();
        launch.Channel = new Channel(ours);
        List<FdHandle> descriptors = [inits, Sys.Duplicate(_services.Executable)];
        if (cgroup is not null) descriptors.Add(cgroup);
        descriptors.AddRange(launch.Blueprint.TakeJoinedNamespaces());
        launch.Caller.Tell(new LaunchOrder(launch.Blueprint.Ticket with { IntoCgroup = cgroup is not null }, descriptors));
    }

    private bool OnCreationMessage(object message)
    {
        switch (message)
        {
            case Provisioned m when m.Launch == _launch && _undoing is null: OnProvisioned(m.Provisioning); return true;
            case DriverKnown m: OnDriverKnown(m); return true;
            case Provisioned m:
                // The creation was given up meanwhile.
                m.Provisioning.Dispose();
                return true;
            case InitLaunched m when FromCreator && _undoing is null && _pidfd is null: OnLaunched(m); return true;
            case InitLaunched m:
                if (FromCreator) Sys.SignalProcess(m.Pidfd, 9);
                m.Dispose();
                return true;
            case LaunchFailed m:
                if (FromCreator) GiveUp(m.Reason);
                return true;
            case CallerGone:
                // Many come and go with this container's name; only its creator's end counts.
                if (FromCreator) GiveUp("the caller ended while the container was being created");
                OnCallerGone();
                return true;
            case IdsMapped m: OnIdsMapped(m.Launch); return true;
            case StepFailed m:
                if (m.Launch == _launch) GiveUp(m.Cause.Message);
                return true;
            case CreationTimedOut: GiveUp("the container was not ready in time"); return true;
            case Abandon m: GiveUp(m.Reason); return true;
            case InitSaid m: OnInitFrame(m.Channel, m.Frame); return true;
            case InitSilent m: OnInitSilent(m); return true;
            case Undone m: OnUndone(m); return true;
            default: return false;
        }
    }

    private bool FromCreator => _launch is { } launch && Sender.Equals(launch.Caller);

    private void OnProvisioned(Provisioning provisioning)
    {
        _launch!.Provisioning = provisioning;
        foreach (var warning in provisioning.Warnings) Warn(warning);
        if (_launch.Restoring)
        {
            if (_launch.Blueprint.Driver.NeedsInit) AdmitCriu(_launch.Criu);
            else OrderRestore(_launch);
            return;
        }

        if (_launch.Blueprint.CloneIntoCgroup) SendTicket(provisioning.Entry.V2Directory is { } v2 ? Sys.Duplicate(v2) : null);
        // A cgroup is entered before the id maps are written: who moves a process wants to be its user.
        if (_launch.Blueprint.Driver.NeedsInit) Admit(_launch);
        else SendPlan();
    }

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
            else if (launch.Blueprint.Driver.NeedsInit) Make(launch, _state.Pid);
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
        if (launch.Blueprint.Plan is { UserNamespace: true, Process: { } process }) LendPrivilege(process);
        SendPlan();
        // Unless the plan could not be sent.
        if (launch.Channel is { } channel) Listen(channel);
    }

    /// <summary>In its own user namespace init has no privilege for this. Where we have none either, init will say what it may not have.</summary>
    private void LendPrivilege(ProcessPlan process)
    {
        foreach (var limit in process.Rlimits) Try(() => limit.Raise(_state.Pid));
        if (process.OomScoreAdj is { } score) Try(() => KernelFile.Write(string.Create(CultureInfo.InvariantCulture, $"/proc/{_state.Pid}/oom_score_adj"), score.ToString(CultureInfo.InvariantCulture)));

        void Try(Action action)
        {
            try
            {
                action();
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

    private void OnReady() => Record(new ContainerCreated { At = Now }, () =>
    {
        var launch = _launch!;
        _launch = null;
        Timers.Cancel(CreationTimedOut.Instance);
        foreach (var warning in launch.Blueprint.Warnings) Warn(warning);
        launch.Command.Dispose();
        // Namespaces that are kept open are kept alive.
        launch.Blueprint.Dispose();
        if (launch.Command.Options.StartNow)
        {
            _start = new Starting(launch.Command.Operation, launch.Caller, launch.Channel!) { DeleteOnFailure = true, DeleteAtExit = launch.Command.Options.DeleteAtExit };
            launch.Channel!.Send(FrameKind.Start);
        }
        else
        {
            // From here on init outlives us: it waits at its own socket.
            launch.Channel!.Send(FrameKind.Continue);
            _channelWatch?.Dispose();
            launch.Channel.Dispose();
            launch.Caller.Tell(new Answer(null, "", _state.Pid) { Warnings = TakeWarnings() });
        }
    });

    /// <summary>A creation in progress.</summary>
    private sealed class Launch(CreateContainer command, Blueprint blueprint, IActorRef caller)
    {
        public CreateContainer Command { get; } = command;
        public Blueprint Blueprint { get; } = blueprint;
        public IActorRef Caller { get; } = caller;
        public Channel? Channel { get; set; }
        /// <summary>It is made by CRIU, not by init.</summary>
        public bool Restoring => Command.RestoredFrom is not null;
        /// <summary>Has to end before anything is undone.</summary>
        public Task<Provisioning>? Making { get; set; }
        public Provisioning? Provisioning { get; set; }
        public bool Spawned { get; set; }
        /// <summary>The process that restores, which its cgroup is made around where the driver needs one.</summary>
        public int Criu { get; set; }
        public bool PlanSent { get; set; }
        public IReadOnlyList<FdHandle> UserNamespaces { get; set; } = [];

        public void DropUserNamespaces()
        {
            foreach (var handle in UserNamespaces) handle.Dispose();
            UserNamespaces = [];
        }
    }

    private sealed record Provisioned(Launch Launch, Provisioning Provisioning);

    private sealed record IdsMapped(Launch Launch);

    private sealed record StepFailed(Launch Launch, Exception Cause);
}
