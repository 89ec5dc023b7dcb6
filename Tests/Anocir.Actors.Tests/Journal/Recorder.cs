using Akka.Actor;
using Akka.Persistence;

namespace Anocir.Actors.Tests.Journal;

/// <summary>Persists every text it is sent and answers it; tells all of them when asked "?".</summary>
public sealed class Recorder(string id) : UntypedPersistentActor
{
    private readonly List<string> _texts = [];

    public override string PersistenceId => id;

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case "?":
                Sender.Tell(string.Join(' ', _texts));
                break;
            case string text:
                Persist(new JournalEvent(text), e =>
                {
                    _texts.Add(e.Text);
                    Sender.Tell(e.Text);
                });
                break;
            case UnserializableEvent e:
                Persist(e, _ => Sender.Tell("stored"));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Sender.Tell("rejected");

    protected override void OnRecover(object message)
    {
        if (message is JournalEvent e) _texts.Add(e.Text);
    }
}
