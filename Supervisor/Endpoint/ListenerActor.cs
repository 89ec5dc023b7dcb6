using Akka.Actor;
using Akka.Event;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Supervisor.Endpoint;

/// <summary>Accepts callers on the control socket; each gets a <see cref="SessionActor"/>.</summary>
internal sealed class ListenerActor : UntypedActor
{
    private readonly FdHandle _socket;
    private readonly SessionServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IDisposable? _watch;

    public ListenerActor(FdHandle socket, SessionServices services)
    {
        _socket = socket;
        _services = services;
    }

    public static Props Props(FdHandle socket, SessionServices services) => Akka.Actor.Props.Create<ListenerActor>(socket, services);

    protected override void PreStart() => Watch();

    protected override void PostStop() => _watch?.Dispose();

    protected override SupervisorStrategy SupervisorStrategy() =>
        // A session that fails has lost its thread; its caller sees the end of the connection.
        new OneForOneStrategy(maxNrOfRetries: 0, withinTimeRange: TimeSpan.FromSeconds(1), _ => Directive.Stop);

    protected override void OnReceive(object message)
    {
        if (message is not CallerWaits)
        {
            Unhandled(message);
            return;
        }

        while (UnixSocket.TryAccept(_socket) is { } connection) Accept(connection);
        Watch();
    }

    private void Accept(FdHandle connection)
    {
        var channel = new Channel(connection);
        var (pid, uid) = channel.Peer();
        if (uid != 0 && uid != _services.OwnUid)
        {
            _log.Warning("A process of uid {Uid} was turned away", uid);
            channel.Dispose();
            return;
        }

        Context.ActorOf(SessionActor.Props(channel, pid, uid, _services));
    }

    private void Watch()
    {
        var self = Self;
        _watch = _services.Reactor.Watch(_socket, ReactorEvents.Readable, _ => self.Tell(new CallerWaits()));
    }

    private sealed record CallerWaits;
}
