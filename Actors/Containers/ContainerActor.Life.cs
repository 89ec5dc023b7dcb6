using System.Globalization;
using Akka.Actor;
using Anocir.Actors.Consoles;
using Anocir.Actors.Hooks;
using Anocir.Actors.Monitoring;
using Anocir.Actors.Signals;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>From start to the end of init: start, signals, pause, terminal, exit.</summary>
public sealed partial class ContainerActor
{
    private Starting? _start;
    private Action? _afterHooks;
    private Action<string>? _hooksFailed;
    private Queue<(HookKind Kind, IReadOnlyList<Hook>? Hooks)> _hookQueue = new();
    private string _hookStatus = "";

    private Platform.Oci.Hooks? Hooks => _state.Creation?.Hooks;

    private void Start(StartContainer command)
    {
        // The same request again, after a supervisor died over it.
        if (_state.StartOperation == command.Operation)
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
            case InitExited: OnExited(); return true;
            case SignalForwarder.Delivered m: OnDelivered(m); return true;
            case CgroupMonitor.OutOfMemoryNoticed m:
                Record(new OutOfMemory { At = Now, Kills = m.Kills });
                return true;
            case CgroupChanged m: OnCgroupChanged(m); return true;
            case ConsoleRelay.Drained: return true;
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

        _channelWatch?.Dispose();
        start.Channel.Dispose();
        Monitor();
        Record(new ContainerStarted { At = Now, Operation = start.Operation }, () =>
            RunHooks([(HookKind.Poststart, Hooks?.Poststart)], "running", () =>
            {
                _start = null;
                start.Caller.Tell(new Answer(null, "", _state.Pid));
                if (start.DeleteAtExit && _console is null) DeleteAtExit(start.Caller);
            }, OnStartFailed));
    }

    private void OnStartFailed(string reason)
    {
        if (_start is not { } start) return;
        _start = null;
        _channelWatch?.Dispose();
        start.Channel.Dispose();
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

        if (!_state.HasProcess || _pidfd is null)
        {
            // Engines end what is left of a container without its own pid namespace in this way, after init's end.
            if (command.All && _state.Status == ContainerStatus.Stopped) Cgroup(c => c.Kill(signal), Sender, null);
            else Sender.Tell(new Answer("container not running"));
            return;
        }

        const int SigKill = 9;
        var all = command.All || (signal == SigKill && !_state.Creation!.OwnPidNamespace);
        Signals.Tell(new SignalForwarder.Deliver(signal, all), Sender);
    }

    private void OnDelivered(SignalForwarder.Delivered delivered)
    {
        if (delivered.Failure is { } failure)
        {
            delivered.Caller?.Tell(new Answer(failure));
            return;
        }

        Record(new SignalSent { At = Now, Signal = delivered.Signal, All = delivered.All }, () => delivered.Caller?.Tell(Answer.Done));
    }

    private void Pause()
    {
        if (_state.RefusePause() is { } refusal) Sender.Tell(new Answer(refusal));
        else Cgroup(c => c.Freeze(), Sender, new ContainerPaused { At = Now });
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
        Task.Run(() =>
        {
            change(cgroup);
            return new CgroupChanged(caller, happened, null);
        }).PipeTo(Self, Self, c => c, e => new CgroupChanged(caller, happened, e.Message));
    }

    private void OnCgroupChanged(CgroupChanged changed)
    {
        if (changed.Failure is not null) changed.Caller.Tell(new Answer(changed.Failure));
        else if (changed.Happened is null || !_state.HasProcess) changed.Caller.Tell(Answer.Done);
        else Record(changed.Happened, () => changed.Caller.Tell(Answer.Done));
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
        else _console.Forward(new ConsoleRelay.Drain());
    }

    private void Attach(AttachConsole command)
    {
        if (_console is not null) Context.Stop(_console);
        _console = Context.ActorOf(ConsoleRelay.Props(command.Master, command.TerminalIn, command.TerminalOut, _services.Reactor), ChildName("console"));
        Sender.Tell(Answer.Done);
    }

    private void OnExited()
    {
        if (!_state.HasProcess) return;
        if (_state.Status == ContainerStatus.Creating)
        {
            GiveUp("init ended before the container was ready" + OutOfMemoryHint());
            return;
        }

        // Init may end right after its execve: what it said before comes first.
        if (_start is { } start && start.Channel.TryReceive(out var ended) is { } frame)
        {
            Self.Tell(new InitSaid(frame));
            Self.Tell(new InitExited());
            return;
        }
        else if (_start is { Executing: true } && _state.Status == ContainerStatus.Created)
        {
            OnStartChannelEnded();
            Self.Tell(new InitExited());
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
            if (_start is not null && _state.StartOperation.Length == 0) OnStartFailed("init ended before it ran the user's program" + OutOfMemoryHint());
            if (_monitor is not null) Context.Stop(_monitor);
            if (_signals is not null) Context.Stop(_signals);
            _monitor = _signals = null;
            _exitWatch?.Dispose();
            _pidfd?.Dispose();
            _pidfd = null;
            ContinueDelete();
        });
    }

    /// <summary>Runs lists of hooks in the runtime's namespaces one after the other, stores each run, and goes on.</summary>
    private void RunHooks((HookKind Kind, IReadOnlyList<Hook>? Hooks)[] lists, string status, Action then, Action<string> failed)
    {
        _hookQueue = new Queue<(HookKind, IReadOnlyList<Hook>?)>(lists.Where(l => l.Hooks is { Count: > 0 }));
        (_hookStatus, _afterHooks, _hooksFailed) = (status, then, failed);
        RunNextHooks();
    }

    private void RunNextHooks()
    {
        if (!_hookQueue.TryDequeue(out var next))
        {
            var then = _afterHooks!;
            _afterHooks = null;
            then();
            return;
        }

        var runner = Context.ActorOf(HookRunner.Props(_services.Reactor, _services.Settings.Hooks), ChildName("hooks"));
        var pid = _hookStatus == "stopped" ? 0 : _state.Pid;
        runner.Tell(new RunHooks(next.Kind, next.Hooks!, Snapshot().ToHookJson(_hookStatus, pid), _state.Creation!.Bundle));
    }

    private void OnHooksFinished(HooksFinished finished)
    {
        Context.Stop(Sender);
        foreach (var result in finished.Results) Record(result.ToEvent());
        if (finished.Failure is not null && finished.Kind != HookKind.Poststop)
        {
            _hookQueue.Clear();
            _afterHooks = null;
            DeferAsync(finished, _ => _hooksFailed!(finished.Failure));
        }
        else
        {
            DeferAsync(finished, _ => RunNextHooks());
        }
    }

    /// <summary>A start in progress.</summary>
    private sealed class Starting(string operation, IActorRef caller, Channel channel)
    {
        public string Operation { get; } = operation;
        public IActorRef Caller { get; } = caller;
        public Channel Channel { get; } = channel;
        public bool Executing { get; set; }
        /// <summary>The same request created it, so that it leaves nothing behind.</summary>
        public bool DeleteOnFailure { get; init; }
        /// <summary>The caller stays, and waits for a second answer.</summary>
        public bool DeleteAtExit { get; init; }
    }

    private sealed record CgroupChanged(IActorRef Caller, ContainerEvent? Happened, string? Failure);
}
