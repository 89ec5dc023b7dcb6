using System.Globalization;
using Akka.Actor;
using Anocir.Actors.Consoles;
using Anocir.Actors.Hooks;
using Anocir.Actors.Monitoring;
using Anocir.Actors.Signals;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>From start to the end of init: start, signals, pause, terminal, exit.</summary>
public sealed partial class ContainerActor
{
    private Starting? _start;
    private readonly List<IActorRef> _draining = [];

    private void Start(StartContainer command)
    {
        // The same request again, after a supervisor died over it: before it was stored whose start it was, or after.
        if (_state.Started && (_state.StartOperation == command.Operation || _state.StartOperation.Length == 0))
        {
            Sender.Tell(Answer.Done);
            return;
        }

        var refusal = _start is null ? _state.RefuseStart() : "cannot start a container that is being started";
        if (refusal is null && !_state.Creation!.HasProcess) refusal = "cannot start a container whose configuration has no process";
        if (refusal is not null)
        {
            Sender.Tell(new Answer(refusal));
            return;
        }

        var socket = UnixSocket.TryConnect(Provisioning.StartSocketPath(_key), out var errno);
        if (socket is null)
        {
            Sender.Tell(new Answer(new SyscallException($"connect to init of container {_key.Id}", errno).Message));
            return;
        }

        _start = new Starting(command.Operation, Sender, new Channel(socket));
        _start.Channel.Send(FrameKind.Start);
        Listen(_start.Channel);
    }

    private bool OnLifeMessage(object message)
    {
        switch (message)
        {
            case InitExited m: OnExited(m); return true;
            case SignalForwarder.Delivered m: OnDelivered(m); return true;
            case CgroupMonitor.OutOfMemoryNoticed m:
                Record(new OutOfMemory { At = Now, Kills = m.Kills }, () => TellFollowers(new EventFeed.OutOfMemory()));
                return true;
            case Updated m: OnUpdated(m); return true;
            case CgroupChanged m: OnCgroupChanged(m); return true;
            case ListenerSent m: OnListenerSent(m); return true;
            case HooksFinished m: OnHooksFinished(m); return true;
            case ConsoleRelay.Drained:
                if (Sender.Equals(_console)) EndConsole();
                return true;
            case Terminated m: OnChildEnded(m.ActorRef); return true;
            default: return false;
        }
    }

    /// <summary>The start channel ended: the close-on-exec of a successful execve, if init said that it was the next call.</summary>
    private void OnStartChannelEnded()
    {
        var start = _start!;
        if (!start.Executing)
        {
            OnStartFailed("init ended before it ran the user's program" + OutOfMemoryHint());
            return;
        }

        start.Executed = true;
        _channelWatch?.Dispose();
        start.Channel.Dispose();
        Monitor();
        Record(new ContainerStarted { At = Now, Operation = start.Operation }, () =>
            RunHooks([(HookKind.Poststart, Hooks?.Poststart)], "running", () =>
            {
                _start = null;
                start.Caller.Tell(new Answer(null, "", _state.Pid) { Warnings = TakeWarnings() });
                if (start.DeleteAtExit && _console is null) DeleteAtExit(start.Caller);
            }, OnStartFailed));
    }

    private void OnStartFailed(string reason)
    {
        if (_start is not { } start) return;
        DropStart();
        // A container whose start failed is stopped; it is the caller's to delete, but for `run`, which made it.
        if (_pidfd is not null) Sys.SignalProcess(_pidfd, 9);
        if (start.DeleteOnFailure) DeleteAfterFailure(start, reason);
        else start.Caller.Tell(new Answer(reason));
    }

    private void Kill(KillContainer command)
    {
        int signal;
        try
        {
            signal = SignalName.Parse(command.Signal);
        }
        catch (ContainerException e)
        {
            Sender.Tell(new Answer(e.Message));
            return;
        }

        var before = command.Operation.Length > 0 ? _state.WasSent(command.Operation) : null;
        // The same request again, after a supervisor died over it: delivered already, or not to be told from what ended the container.
        if (before is true || (before is false && !_state.HasProcess))
        {
            Sender.Tell(Answer.Done);
            return;
        }

        if (!_state.HasProcess || _pidfd is null)
        {
            // Engines end what is left of a container without its own pid namespace in this way, after init's end.
            if (command.All && _state.Status == ContainerStatus.Stopped) Cgroup(c => c.Kill(signal), Sender, null);
            else Sender.Tell(new Answer("container not running"));
            return;
        }

        const int SigKill = 9;
        // By the cgroup also where the pidfd would not do: frozen processes die only when thawed (v1).
        var all = command.All || (signal == SigKill && (!_state.Creation!.OwnPidNamespace || _state.Status == ContainerStatus.Paused));
        var delivery = new SignalForwarder.Deliver(signal, all, Sender, command.Operation);
        _owed.Add(Sender);
        if (before is not null) Signals.Tell(delivery);
        else Record(new SignalAsked { At = Now, Signal = signal, Operation = command.Operation }, () => Signals.Tell(delivery));
    }

    private void OnDelivered(SignalForwarder.Delivered delivered)
    {
        var (signal, all, asker, operation) = delivered.Request;
        var caller = asker ?? ActorRefs.Nobody;
        if (delivered.Failure is { } failure) Reply(caller, new Answer(failure));
        else Record(new SignalSent { At = Now, Signal = signal, All = all, Operation = operation }, () => Reply(caller, Answer.Done));
    }

    private void Pause()
    {
        if (_state.RefusePause() is { } refusal) Sender.Tell(new Answer(refusal));
        else Cgroup(c => c.Freeze(_services.Settings.Cgroups.FreezeTimeout), Sender, new ContainerPaused { At = Now });
    }

    private void Resume()
    {
        if (_state.RefuseResume() is { } refusal) Sender.Tell(new Answer(refusal));
        else Cgroup(c => c.Thaw(), Sender, new ContainerResumed { At = Now });
    }

    /// <summary>Does something to the cgroup off this actor, then stores what happened and answers.</summary>
    private void Cgroup(Action<Platform.Cgroups.Cgroup> change, IActorRef caller, ContainerEvent? happened)
    {
        var cgroup = _services.OpenCgroup(_state);
        _owed.Add(caller);
        Task.Run(() =>
        {
            change(cgroup);
            return new CgroupChanged(caller, happened, null);
        }).PipeTo(Self, Self, c => c, e => new CgroupChanged(caller, happened, e.Message));
    }

    private void OnCgroupChanged(CgroupChanged changed)
    {
        if (changed.Failure is not null) Reply(changed.Caller, new Answer(changed.Failure));
        else if (changed.Happened is null || !_state.HasProcess) Reply(changed.Caller, Answer.Done);
        else Record(changed.Happened, () => Reply(changed.Caller, Answer.Done));
    }

    private void List(ListProcesses command)
    {
        if (_state.Status is ContainerStatus.None or ContainerStatus.Gone)
        {
            Sender.Tell(new Answer("container does not exist"));
            return;
        }

        var cgroup = _services.OpenCgroup(_state);
        Task.Run(() => new Answer(null, ProcessList.Render(cgroup.Processes(), command))).PipeTo(Sender, Self, a => a, e => new Answer(e.Message));
    }

    private void Drain()
    {
        if (_console is null) Sender.Tell(Answer.Done);
        else _draining.Add(Sender);
    }

    /// <summary>The last output is out, or nobody is left to bring it out.</summary>
    private void EndConsole()
    {
        Dismiss(_console);
        _console = null;
        foreach (var waiting in _draining) waiting.Tell(Answer.Done);
        _draining.Clear();
    }

    private void Attach(AttachConsole command)
    {
        if (!_state.HasProcess)
        {
            command.Dispose();
            Sender.Tell(new Answer("container not running"));
            return;
        }

        Dismiss(_console);
        _console = Child(ConsoleRelay.Props(command.Master, command.TerminalIn, command.TerminalOut, _services.Reactor), "console");
        Sender.Tell(Answer.Done);
    }

    private void OnExited(InitExited exited)
    {
        if (!_state.HasProcess || _undoing is not null || exited.Pidfd != _pidfd) return;
        // What init said before it ended comes first: why it failed, or that the user's program began.
        if (HearOut())
        {
            Self.Tell(exited);
            return;
        }

        if (_state.Status == ContainerStatus.Creating)
        {
            // Its caller knows why: CRIU tells, and then it ends what it has made.
            if (_launch is { Restoring: true }) return;
            GiveUp("init ended before the container was ready" + OutOfMemoryHint());
            return;
        }

        var cgroup = _services.OpenCgroup(_state);
        Record(new ContainerExited
        {
            At = Now,
            WaitStatus = _pidfd is null ? null : Sys.ExitStatus(_pidfd, _state.Pid, _state.StartTime),
            OutOfMemory = _state.OutOfMemory || cgroup.OomKills() > 0,
        }, () =>
        {
            if (!_state.Started) OnStartFailed("init ended before it ran the user's program" + OutOfMemoryHint());
            Dismiss(_monitor);
            TellFollowers(new EventFeed.Finish());
            // Behind the signals that are on their way to it, whose senders wait for an answer.
            if (_signals is not null) Context.Unwatch(_signals);
            _signals?.Tell(PoisonPill.Instance);
            _monitor = _signals = null;
            _exitWatch?.Dispose();
            _pidfd?.Dispose();
            _pidfd = null;
            ContinueDelete();
        });
    }

    /// <summary>
    /// After a restart: whether init has become the user's program, while the supervisor that released it was killed before it could
    /// store that. Until then init runs the sealed executable, a file in memory; of a zombie only the name is left.
    /// </summary>
    private bool HasExecuted() =>
        Sys.TryReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/{_state.Pid}/exe")) is { } program
            ? !ExecutableName.IsSealed(program)
            : Sys.ProcessName(_state.Pid) is { } name && name != InitName.Value;

    /// <summary>Whose request it was is not known.</summary>
    private void RecordStarted()
    {
        Monitor();
        Record(new ContainerStarted { At = Now, Operation = "" });
    }

    private void DropStart()
    {
        if (_start is not { } start) return;
        _start = null;
        _channelWatch?.Dispose();
        start.Channel.Dispose();
    }

    /// <summary>A start in progress.</summary>
    private sealed class Starting(string operation, IActorRef caller, Channel channel)
    {
        public string Operation { get; } = operation;
        public IActorRef Caller { get; } = caller;
        public Channel Channel { get; } = channel;
        public bool Executing { get; set; }
        /// <summary>It has; the channel is closed.</summary>
        public bool Executed { get; set; }
        /// <summary>The same request created it, so that it leaves nothing behind.</summary>
        public bool DeleteOnFailure { get; init; }
        /// <summary>The caller stays, and waits for a second answer.</summary>
        public bool DeleteAtExit { get; init; }
    }

    private sealed record CgroupChanged(IActorRef Caller, ContainerEvent? Happened, string? Failure);
}
