using Akka.Actor;
using Anocir.Actors.Hooks;
using Anocir.Platform.Criu;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>
/// A creation whose init comes from CRIU's images: cgroup and directory are made as always, then the caller has CRIU restore into them. There is no
/// channel to init, and no start: what is restored runs.
/// </summary>
public sealed partial class ContainerActor
{
    private bool OnRestoreMessage(object message)
    {
        switch (message)
        {
            case CriuStarted m when IsRestoring: AdmitCriu(m.Pid); return true;
            case CriuAdmitted m when m.Launch == _launch && _undoing is null: OnAdmitted(m); return true;
            case CriuFinished when IsRestoring: OnRestored(_launch!); return true;
            case ConsoleRestored m when IsRestoring: OpenConsole(_launch!, m.Master); return true;
            case ConsoleRestored m: m.Dispose(); return true;
            case CriuStarted or CriuAdmitted: return true;
            default: return false;
        }
    }

    private bool IsRestoring => FromCreator && _launch is { Restoring: true } && _undoing is null;

    private void OrderRestore(Launch launch)
    {
        var spec = launch.Blueprint.Spec;
        launch.Caller.Tell(new RestoreOrder(new RestorePlan
        {
            Rootfs = launch.Blueprint.Plan.Rootfs,
            MountPoint = Provisioning.RestoreMountPoint(_key),
            JoinedNamespaces = [.. CriuConfiguration.JoinedNamespaces(spec)],
            BringLoopbackUp = launch.Blueprint.Plan.BringLoopbackUp,
            ConfigFile = CriuConfiguration.FileOf(spec),
        }));
    }

    /// <summary>What CRIU makes is in the cgroup that CRIU is in.</summary>
    private void AdmitCriu(int pid)
    {
        var launch = _launch!;
        if (launch.Provisioning is null)
        {
            launch.Criu = pid;
            Make(launch, pid);
            return;
        }

        var entry = launch.Provisioning!.Entry;
        Task.Run(() =>
        {
            entry.Admit(pid);
            return new CriuAdmitted(launch, null);
        }).PipeTo(Self, Self, a => a, e => new CriuAdmitted(launch, e.Message));
    }

    private void OnAdmitted(CriuAdmitted admitted)
    {
        admitted.Launch.Provisioning!.Dispose();
        admitted.Launch.Command.ConsoleSocket?.Dispose();
        if (admitted.Failure is { } failure) GiveUp(failure);
        else admitted.Launch.Caller.Tell(new GoOn());
    }

    /// <summary>Init exists, and does nothing yet: network hooks have their turn.</summary>
    private void OnRestoredNamespaces(Launch launch) =>
        RunHooks([(HookKind.Prestart, Hooks?.Prestart), (HookKind.CreateRuntime, Hooks?.CreateRuntime)], "creating", () => launch.Caller.Tell(new GoOn()), GiveUp);

    private void OnRestored(Launch launch)
    {
        if (_pidfd is not { } pidfd)
        {
            GiveUp("the caller restored a container without a process");
            return;
        }

        Record(new ContainerRestored { At = Now, ImagePath = launch.Command.RestoredFrom! }, () =>
        {
            _launch = null;
            launch.Command.Dispose();
            launch.Blueprint.Dispose();
            launch.Caller.Tell(new Answer(null, "", _state.Pid));
            Monitor();
            if (launch.Command.Options.DeleteAtExit && _console is null) DeleteAtExit(launch.Caller);
            // Its end was not heard while it was being made.
            if (Sys.ProcessEnded(pidfd, 0)) Self.Tell(new InitExited(pidfd));
        });
    }

    private sealed record CriuAdmitted(Launch Launch, string? Failure);
}
