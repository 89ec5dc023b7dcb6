using Akka.Actor;
using Anocir.Platform.Ipc;

namespace Anocir.Actors.Containers;

/// <summary>The histories of containers that are gone: read, and kept within a bound of count and age.</summary>
public sealed partial class ContainersActor
{
    /// <summary>Events of the directory after which it is written anew.</summary>
    internal const int CompactionInterval = 10_000;

    /// <summary>Names of the erasers at work.</summary>
    private readonly HashSet<string> _erasing = [];

    private void Read(ReadHistory query)
    {
        if (_state.Latest(query.Key) is { } persistenceId) Context.ActorOf(HistoryReader.Props(persistenceId, Sender));
        else Sender.Tell(new Answer("container does not exist"));
    }

    /// <summary>What is beyond the bound is deleted from the journal, and then forgotten here: a supervisor that dies between the two does it again.</summary>
    private void Trim()
    {
        foreach (var persistenceId in _state.Beyond(_services.Settings.History.MaxContainers, Oldest()))
        {
            var name = $"eraser-{persistenceId}";
            if (_erasing.Add(name)) Context.Watch(Context.ActorOf(HistoryEraser.Props(persistenceId), name));
        }
    }

    private void OnErased(HistoryEraser.Erased erased) =>
        Persist(new HistoryDropped { At = _services.Clock.GetUtcNow(), PersistenceId = erased.PersistenceId }, stored =>
        {
            _state = _state.Evolve(stored);
            Compact();
        });

    /// <summary>One event that says everything replaces all before it.</summary>
    private void Compact()
    {
        if (LastSequenceNr < _state.CompactedAt + CompactionInterval) return;
        var compacted = _state.ToCompacted(_services.Clock.GetUtcNow(), LastSequenceNr + 1);
        Persist(compacted, stored =>
        {
            _state = _state.Evolve(stored);
            DeleteMessages(stored.SequenceNr - 1);
        });
    }

    private DateTimeOffset Oldest() => _services.Settings.History.MaxAge is var age && age == TimeSpan.Zero ? DateTimeOffset.MinValue : _services.Clock.GetUtcNow() - age;
}
