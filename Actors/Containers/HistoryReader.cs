using Akka.Actor;
using Akka.Persistence;
using Anocir.Platform.Ipc;

namespace Anocir.Actors.Containers;

/// <summary>Replays a container's events for somebody who asks, and ends. It stores nothing.</summary>
public sealed class HistoryReader : UntypedPersistentActor
{
    private readonly IActorRef _asker;
    private readonly List<ContainerEvent> _events = [];

    public HistoryReader(string persistenceId, IActorRef asker)
    {
        PersistenceId = persistenceId;
        _asker = asker;
    }

    public override string PersistenceId { get; }

    public static Props Props(string persistenceId, IActorRef asker) => Akka.Actor.Props.Create<HistoryReader>(persistenceId, asker);

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case ContainerEvent e:
                _events.Add(e);
                break;
            case RecoveryCompleted:
                _asker.Tell(new Answer(null, HistoryDocument.Render(_events)));
                Context.Stop(Self);
                break;
        }
    }

    protected override void OnCommand(object message) => Unhandled(message);

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        _asker.Tell(new Answer($"read the history: {reason.Message}"));
        base.OnRecoveryFailure(reason, message);
    }
}
