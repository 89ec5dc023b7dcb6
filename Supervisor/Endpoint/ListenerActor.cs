using Akka.Actor;
using Akka.Event;
using Anocir.Actors.Containers;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Supervisor.Endpoint;

/// <summary>
/// Accepts callers on the control socket; each gets a <see cref="SessionActor"/>. Where this supervisor need not stay, it ends when
/// there have been neither callers nor containers for a while.
/// </summary>
internal sealed class ListenerActor : UntypedActor, IWithTimers
{
    /// <summary>Descriptors or memory have run out: whoever waits goes on waiting, and this does not turn in circles meanwhile.</summary>
    private static readonly TimeSpan _backOff = TimeSpan.FromMilliseconds(100);

    private readonly FdHandle _socket;
    private readonly SessionServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IDisposable? _watch;
    private int _sessions;
    /// <summary>The errno of the last accept that failed, told once; 0 since one has succeeded.</summary>
    private int _trouble;

    public ListenerActor(FdHandle socket, SessionServices services)
    {
        _socket = socket;
        _services = services;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(FdHandle socket, SessionServices services) => Akka.Actor.Props.Create<ListenerActor>(socket, services);

    protected override void PreStart()
    {
        Watch();
        AwaitIdleness();
    }

    protected override void PostStop() => _watch?.Dispose();

    protected override SupervisorStrategy SupervisorStrategy() =>
        // A session that fails has lost its thread; its caller sees the end of the connection.
        new OneForOneStrategy(maxNrOfRetries: 0, withinTimeRange: TimeSpan.FromSeconds(1), _ => Directive.Stop);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case CallerWaits: AcceptAll(); break;
            case Terminated:
                _sessions--;
                AwaitIdleness();
                break;
            case Idle: _services.Containers.Tell(new CountContainers()); break;
            case ContainerCount m: OnCounted(m.Count); break;
            default: Unhandled(message); break;
        }
    }

    private void AcceptAll()
    {
        int errno;
        while (UnixSocket.TryAccept(_socket, out errno) is { } connection)
        {
            _trouble = 0;
            Accept(connection);
        }

        if (errno == Errno.EAGAIN)
        {
            Watch();
            return;
        }

        if (errno != _trouble) _log.Error("Callers cannot be let in: {Reason}", new SyscallException("accept", errno).Message);
        _trouble = errno;
        Timers.StartSingleTimer(CallerWaits.Instance, CallerWaits.Instance, _backOff);
    }

    private void Accept(FdHandle connection)
    {
        var channel = new Channel(connection, _services.Settings.MaxFrameBytes, _services.Settings.MaxFrameDescriptors);
        var (pid, uid) = channel.Peer();
        if (uid != 0 && uid != _services.OwnUid)
        {
            _log.Warning("A process of uid {Uid} was turned away", uid);
            channel.Dispose();
            return;
        }

        if (_sessions >= _services.Settings.MaxConnections)
        {
            _log.Warning("Process {Pid} was turned away: there are {Count} callers already", pid, _sessions);
            channel.Dispose();
            return;
        }

        _sessions++;
        if (_services.IdleTimeout is not null) Timers.Cancel(Idle.Instance);
        Context.Watch(Context.ActorOf(SessionActor.Props(channel, pid, uid, _services)));
    }

    private void AwaitIdleness()
    {
        if (_sessions == 0 && _services.IdleTimeout is { } limit) Timers.StartSingleTimer(Idle.Instance, Idle.Instance, limit);
    }

    private void OnCounted(int containers)
    {
        if (containers > 0 || _sessions > 0)
        {
            AwaitIdleness();
            return;
        }

        _log.Info("Nobody has called for {Time}, and there are no containers: this supervisor ends", _services.IdleTimeout);
        _services.Forsake();
    }

    private void Watch()
    {
        var self = Self;
        _watch = _services.Reactor.Watch(_socket, ReactorEvents.Readable, _ => self.Tell(CallerWaits.Instance));
    }

    private sealed record CallerWaits
    {
        public static CallerWaits Instance { get; } = new();
    }

    private sealed record Idle
    {
        public static Idle Instance { get; } = new();
    }
}
