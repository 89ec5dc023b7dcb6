using Akka.Actor;
using Anocir.Actors.Consoles;
using Anocir.Actors.Containers;
using Anocir.Platform;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Execs;

/// <summary>
/// One further process in a container: has the caller clone it, tells it what to do, relays its terminal, and learns how it ended. It lives until
/// the process has ended and the caller is gone.
/// </summary>
/// <remarks>
/// The caller's messages come through the container: <see cref="InitLaunched"/>, <see cref="LaunchFailed"/>, <see cref="ResizeConsole"/>,
/// <see cref="DrainConsole"/>, <see cref="CallerGone"/>. A process whose supervisor is killed goes on; the next one knows of it by the journal only.
/// </remarks>
internal sealed class ExecSession : UntypedActor, IWithTimers
{
    private readonly ExecOrder _order;
    private readonly ContainerServices _services;
    private Channel? _channel;
    private IDisposable? _channelWatch;
    private IDisposable? _exitWatch;
    private readonly List<string> _warnings = [];
    private FdHandle? _pidfd;
    private IActorRef? _console;
    private int _pid;
    private long _startTime;
    private bool _executing;
    private bool _begun;
    private bool _drained;
    private bool _ended;
    private bool _callerGone;

    public ExecSession(ExecOrder order, ContainerServices services)
    {
        _order = order;
        _services = services;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ExecOrder order, ContainerServices services) => Akka.Actor.Props.Create<ExecSession>(order, services);

    protected override void PreStart()
    {
        try
        {
            var limit = _services.Settings.Lifecycle.CreateTimeout;
            if (limit != TimeSpan.Zero) Timers.StartSingleTimer(TimedOut.Instance, TimedOut.Instance, limit);
            Order();
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            Fail(e.Message);
        }
    }

    protected override void PostStop()
    {
        _channelWatch?.Dispose();
        _exitWatch?.Dispose();
        _channel?.Dispose();
        _pidfd?.Dispose();
        _order.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitLaunched m: OnLaunched(m); break;
            case LaunchFailed m: Fail(m.Reason); break;
            case Said m: OnFrame(m.Frame); break;
            case Silent m: OnSilent(m.Reason); break;
            case Exited: OnExited(); break;
            case ListenerSent m: OnListenerSent(m); break;
            case ResizeConsole m:
                _console?.Tell(new ConsoleRelay.Resize(m.Rows, m.Columns));
                break;
            case DrainConsole:
                if (_console is null) _order.Caller.Tell(Answer.Done);
                else _console.Forward(new ConsoleRelay.Drain());
                break;
            case ConsoleRelay.Drained: break;
            case CallerGone: OnCallerGone(); break;
            case TimedOut: Fail("the process was not ready in time"); break;
            default: Unhandled(message); break;
        }
    }

    /// <summary>The ticket for the caller, and the plan, which waits in the channel for the process.</summary>
    private void Order()
    {
        using var entry = _order.OpenEntry();
        (_channel, var theirs) = NewChannel();
        List<FdHandle> descriptors = [theirs, Sys.Duplicate(_services.Executable)];
        if (entry.V2Directory is { } v2) descriptors.Add(Sys.Duplicate(v2));
        var joined = _order.JoinInOrder;
        foreach (var _ in joined) descriptors.Add(Sys.Duplicate(_order.Init));
        _order.Caller.Tell(new LaunchOrder(new LaunchTicket(0, entry.V2Directory is not null, joined, AwaitIdMaps: false, Exec: true) { OomScoreAdj = _order.Plan.Process.OomScoreAdj }, descriptors));
        // A class of service is entered from outside, and by one process alone: before it has children.
        if (_order.Resctrl is null) SendPlan(entry);
    }

    private void SendPlan(CgroupEntry entry)
    {
        List<FdHandle> given = _order.ConsoleSocket is { } console ? [console] : [];
        given.AddRange(entry.V1Tasks);
        _channel!.Send(FrameKind.Plan, (_order.Plan with { CgroupCount = entry.V1Tasks.Count }).Write(new WireWriter()), [.. given]);
    }

    private static (Channel Ours, FdHandle Theirs) NewChannel()
    {
        var (ours, theirs) = UnixSocket.Pair();
        return (new Channel(ours), theirs);
    }

    private void OnLaunched(InitLaunched launched)
    {
        if (_pidfd is not null || _ended)
        {
            launched.Dispose();
            return;
        }

        _pidfd = launched.Pidfd;
        _pid = launched.Pid;
        _startTime = Sys.ProcessStartTime(_pid) ?? 0;
        var self = Self;
        _exitWatch = _services.Reactor.Watch(_pidfd, ReactorEvents.Readable, _ => self.Tell(Exited.Instance));
        Listen();
        if (_order.Resctrl is not { } resctrl) return;
        try
        {
            resctrl.Enter(_pid);
            using var entry = _order.OpenEntry();
            SendPlan(entry);
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            Fail(e.Message);
        }
    }

    private void Listen()
    {
        var (self, channel) = (Self, _channel!);
        _channelWatch = _services.Reactor.Watch(channel.Socket, ReactorEvents.Readable, _ =>
        {
            if (Hear(channel) is { } heard) self.Tell(heard);
        });
    }

    /// <summary>Null when nothing was said. Runs on the reactor's thread too, which must not end by what the process says.</summary>
    private static object? Hear(Channel channel)
    {
        try
        {
            var frame = channel.TryReceive(out var ended);
            return frame is not null ? new Said(frame) : ended ? new Silent(null) : null;
        }
        catch (Exception e) when (e is InvalidDataException or SyscallException)
        {
            return new Silent(e.Message);
        }
    }

    private void OnFrame(Frame frame)
    {
        using (frame)
        {
            switch (frame.Kind)
            {
                case FrameKind.Console: OpenConsole(frame.Claim(0)); break;
                case FrameKind.Executing: _executing = true; break;
                case FrameKind.SeccompListener: SendListener(frame.Reader().Int()); break;
                case FrameKind.Warning:
                    if (_warnings.Count < 100) _warnings.Add(frame.Reader().String());
                    break;
                case FrameKind.Failed: Fail("unable to start container process: " + frame.Reader().String()); break;
            }
        }

        if (!_ended && !_drained) Listen();
    }

    /// <summary>The process waits under its filter until the agent has the listener.</summary>
    private void SendListener(int number)
    {
        try
        {
            var listener = Sys.TakeDescriptor(_pidfd!, number);
            var (agent, pid, state) = (_order.Agent!, _pid, _order.State!);
            Task.Run(() => agent.Send(listener, pid, state)).PipeTo(Self, Self, () => new ListenerSent(null), e => new ListenerSent(e.Message));
        }
        catch (SyscallException e)
        {
            Fail(e.Message);
        }
    }

    private void OnListenerSent(ListenerSent sent)
    {
        if (_begun || _ended) return;
        if (sent.Failure is null) _channel!.Send(FrameKind.Continue);
        else Fail(sent.Failure);
    }

    /// <summary>The close-on-exec of a successful execve, if the process said that it was the next call.</summary>
    private void OnSilent(string? reason)
    {
        if (_begun || _ended) return;
        if (!_executing)
        {
            Fail(reason ?? "the process ended before it ran the user's program");
            return;
        }

        _begun = true;
        Timers.Cancel(TimedOut.Instance);
        _channelWatch?.Dispose();
        _channel!.Dispose();
        Context.Parent.Tell(new Began(_order.Number, _order.Caller, _pid, _startTime, _order.Plan.Process.Args, _warnings));
    }

    private void OnExited()
    {
        if (_ended) return;
        // What the process said before it ended comes first.
        if (!_begun && !_drained)
        {
            Drain();
            Self.Tell(Exited.Instance);
            return;
        }

        _ended = true;
        _exitWatch?.Dispose();
        Context.Parent.Tell(new Finished(_order.Number, Sys.ExitStatus(_pidfd!, _pid, _startTime)));
        EndWhenDone();
    }

    private void Drain()
    {
        _drained = true;
        _channelWatch?.Dispose();
        while (Hear(_channel!) is { } heard)
        {
            Self.Tell(heard);
            if (heard is Silent) return;
        }

        Self.Tell(new Silent(null));
    }

    private void OpenConsole(FdHandle master)
    {
        if (_order is not { TerminalIn: { } terminalIn, TerminalOut: { } terminalOut } || _console is not null)
        {
            master.Dispose();
            return;
        }

        _order.Caller.Tell(new ConsoleOpened(Sys.Duplicate(master)));
        _console = Context.ActorOf(ConsoleRelay.Props(master, Sys.Duplicate(terminalIn), Sys.Duplicate(terminalOut), _services.Reactor, held: true), "console");
    }

    private void OnCallerGone()
    {
        _callerGone = true;
        // Nobody will wait for what nobody has been told of.
        if (!_begun && !_ended) Fail("the caller ended while the process was being started");
        else EndWhenDone();
    }

    private void Fail(string reason)
    {
        if (_ended) return;
        _ended = true;
        if (_pidfd is not null) Sys.SignalProcess(_pidfd, 9);
        if (!_callerGone) _order.Caller.Tell(new Answer(reason));
        Context.Stop(Self);
    }

    private void EndWhenDone()
    {
        if (_ended && _callerGone) Context.Stop(Self);
    }

    /// <summary>To the container: the user's program runs.</summary>
    public sealed record Began(int Number, IActorRef Caller, int Pid, long StartTime, IReadOnlyList<string> Args, IReadOnlyList<string> Warnings);

    /// <summary>To the container: the process has ended. The status is wait(2)'s, null when nobody can tell.</summary>
    public sealed record Finished(int Number, int? WaitStatus);

    private sealed record Said(Frame Frame);

    private sealed record Silent(string? Reason);

    private sealed record ListenerSent(string? Failure);

    private sealed record Exited
    {
        public static Exited Instance { get; } = new();
    }

    private sealed record TimedOut
    {
        public static TimedOut Instance { get; } = new();
    }
}
