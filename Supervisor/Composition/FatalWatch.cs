using Akka.Actor;
using Akka.Event;

namespace Anocir.Supervisor.Composition;

/// <summary>
/// Ends the process when a part of it that must not fall has fallen. Callers see the end of their connection and repeat their
/// request to the next supervisor; containers do not notice.
/// </summary>
internal sealed class FatalWatch : UntypedActor
{
    private const int ExitSoftware = 70;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public FatalWatch(IReadOnlyList<IActorRef> parts)
    {
        foreach (var part in parts) Context.Watch(part);
    }

    public static Props Props(IReadOnlyList<IActorRef> parts) => Akka.Actor.Props.Create<FatalWatch>(parts);

    protected override void OnReceive(object message)
    {
        if (message is not Terminated fallen)
        {
            Unhandled(message);
            return;
        }

        // A system that ends in good order ends its parts too.
        if (Context.System.WhenTerminated.IsCompleted || CoordinatedShutdown.Get(Context.System).ShutdownReason is not null) return;
        _log.Error("{Part} has fallen; the supervisor ends, and the next call starts another", fallen.ActorRef.Path);
        Environment.Exit(ExitSoftware);
    }
}
