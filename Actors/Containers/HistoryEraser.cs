using Akka.Actor;
using Akka.Persistence;

namespace Anocir.Actors.Containers;

/// <summary>Deletes a container's events from the journal, and ends.</summary>
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
        if (message is DeleteMessagesSuccess or DeleteMessagesFailure) Context.Stop(Self);
        else Unhandled(message);
    }
}
