using Akka.Actor;
using Akka.Persistence;

namespace Anocir.Actors.Containers;

/// <summary>Deletes a container's events from the journal, tells its parent, and ends. When it cannot, it ends without a word.</summary>
public sealed class HistoryEraser : UntypedPersistentActor
{
    public HistoryEraser(string persistenceId) => PersistenceId = persistenceId;

    public override string PersistenceId { get; }

    public static Props Props(string persistenceId) => Akka.Actor.Props.Create<HistoryEraser>(persistenceId);

    protected override void OnRecover(object message)
    {
        if (message is RecoveryCompleted) DeleteMessages(long.MaxValue);
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case DeleteMessagesSuccess:
                Context.Parent.Tell(new Erased(PersistenceId));
                Context.Stop(Self);
                break;
            case DeleteMessagesFailure:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Nothing is left of it.</summary>
    public sealed record Erased(string PersistenceId);
}
