using Akka.Actor;
using Akka.Persistence;

namespace Anocir.Actors.Tests.Containers;

/// <summary>Stores the events it is sent, and answers how many.</summary>
public sealed class EventWriter(string persistenceId) : UntypedPersistentActor
{
    public override string PersistenceId => persistenceId;

    protected override void OnCommand(object message)
    {
        if (message is not object[] events)
        {
            Unhandled(message);
            return;
        }

        var left = events.Length;
        PersistAll(events, _ =>
        {
            if (--left == 0) Sender.Tell(events.Length);
        });
    }

    protected override void OnRecover(object message)
    {
    }
}
