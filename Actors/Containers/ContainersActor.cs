using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;

namespace Anocir.Actors.Containers;

/// <summary>
/// The directory of all containers, and their parent. It stores which incarnation of a (root, id) lives under which persistence
/// id, so that after a restart every container's actor is started again, and an id that is used again gets a history of its own.
/// </summary>
public sealed class ContainersActor : UntypedPersistentActor
{
    /// <summary>Events of the directory after which it is written anew.</summary>
    private const int CompactionInterval = 10_000;

    private readonly ContainerServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<ContainerKey, Entry> _living = [];
    /// <summary>Persistence ids of those raised at the start that have not said yet what they found.</summary>
    private readonly HashSet<string> _unheard = [];
    private readonly List<(ListContainers Query, IActorRef Asker)> _waitingLists = [];
    private DirectoryState _state = DirectoryState.Empty;

    public ContainersActor(ContainerServices services) => _services = services;

    public override string PersistenceId => "containers";

    public static Props Props(ContainerServices services) => Akka.Actor.Props.Create<ContainersActor>(services);

    protected override SupervisorStrategy SupervisorStrategy() =>
        // Unknown trouble: the container's actor starts again and replays its events, a few times; then it stays down, alone.
        new OneForOneStrategy(3, TimeSpan.FromSeconds(10), _ => Directive.Restart);

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case DirectoryEvent e:
                _state = _state.Evolve(e);
                break;
            case RecoveryCompleted:
                foreach (var (key, persistenceId) in _state.Living)
                {
                    Raise(key, persistenceId);
                    _unheard.Add(persistenceId);
                }

                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case ForContainer { Command: CreateContainer create, Key: var key }: Create(key, create); break;
            case ForContainer m: Forward(m); break;
            case ListContainers m: List(m); break;
            case ContainerSnapshot snapshot: OnSnapshot(snapshot); break;
            case ContainerGone m: OnGone(m); break;
            case ReadHistory m: Read(m); break;
            case ContainerEnded m: OnEnded(m); break;
            case DeleteMessagesSuccess: break;
            case DeleteMessagesFailure m: _log.Warning(m.Cause, "The directory of containers could not be compacted"); break;
            default: Unhandled(message); break;
        }
    }

    private void Create(ContainerKey key, CreateContainer create)
    {
        if (_living.ContainsKey(key))
        {
            create.Dispose();
            Sender.Tell(new Answer("container with given ID already exists"));
            return;
        }

        if (!ContainerId.TryParse(key.Id, out _, out var problem))
        {
            create.Dispose();
            Sender.Tell(new Answer(problem));
            return;
        }

        var caller = Sender;
        var opened = new IncarnationOpened { At = _services.Clock.GetUtcNow(), Root = key.Root, Id = key.Id, PersistenceId = $"container-{create.Operation}" };
        Persist(opened, stored =>
        {
            _state = _state.Evolve(stored);
            Raise(key, stored.PersistenceId).Tell(create, caller);
        });
    }

    private IActorRef Raise(ContainerKey key, string persistenceId)
    {
        var actor = Context.ActorOf(ContainerActor.Props(persistenceId, key, _services), persistenceId);
        Context.WatchWith(actor, new ContainerEnded(key, persistenceId));
        _living[key] = new Entry(actor, persistenceId);
        return actor;
    }

    private void Forward(ForContainer message)
    {
        if (_living.TryGetValue(message.Key, out var entry))
        {
            entry.Actor.Forward(message.Command);
            return;
        }

        switch (message.Command)
        {
            case DeleteContainer { Force: true }:
                Sender.Tell(Answer.Done);
                break;
            case DeleteContainer delete when _state.WasDeletedBy(message.Key, delete.Operation):
                // The same request again, after a supervisor died over it.
                Sender.Tell(Answer.Done);
                break;
            case CallerGone or ForwardSignal or ResizeConsole:
                // Nobody waits for an answer to these.
                break;
            default:
                (message.Command as IDisposable)?.Dispose();
                Sender.Tell(new Answer("container does not exist"));
                break;
        }
    }

    private void List(ListContainers query)
    {
        // After a start a list without those that are still replayed would be a lie.
        if (_unheard.Count > 0) _waitingLists.Add((query, Sender));
        else Sender.Tell(Listed(query));
    }

    private Answer Listed(ListContainers query)
    {
        var shown = _living
            .Where(l => l.Key.Root == query.Root && l.Value.Snapshot is { Creation: not null, Status: not ContainerStatus.Gone })
            .Select(l => l.Value.Snapshot!.ToEntry())
            .OrderBy(e => e.Id, StringComparer.Ordinal)
            .ToList();
        return new Answer(null, query switch
        {
            { Quiet: true } => ContainerList.ToIds(shown),
            { Format: "json" } => ContainerList.ToJson(shown),
            _ => ContainerList.ToTable(shown),
        });
    }

    private void Heard(string persistenceId)
    {
        if (!_unheard.Remove(persistenceId) || _unheard.Count > 0) return;
        foreach (var (query, asker) in _waitingLists) asker.Tell(Listed(query));
        _waitingLists.Clear();
    }

    private void OnSnapshot(ContainerSnapshot snapshot)
    {
        if (!_living.TryGetValue(snapshot.Key, out var entry) || !entry.Actor.Equals(Sender)) return;
        entry.Snapshot = snapshot;
        Heard(entry.PersistenceId);
    }

    private void OnGone(ContainerGone gone)
    {
        if (!_living.TryGetValue(gone.Key, out var entry) || entry.PersistenceId != gone.PersistenceId) return;
        // Still watched: to unwatch it now would turn an ending that is already in the mailbox into a bare Terminated, a death pact.
        _living.Remove(gone.Key);
        Heard(gone.PersistenceId);
        var closed = new IncarnationClosed { At = _services.Clock.GetUtcNow(), PersistenceId = gone.PersistenceId, Empty = gone.Refused, Operation = gone.DeletedBy };
        Persist(closed, stored =>
        {
            _state = _state.Evolve(stored);
            Trim();
        });
    }

    /// <summary>History is kept within a bound of count and age; what is beyond it is deleted from the journal.</summary>
    private void Trim()
    {
        var dropped = _state.Beyond(_services.Settings.History.MaxContainers, Oldest())
            .Select(old => new HistoryDropped { At = _services.Clock.GetUtcNow(), PersistenceId = old }).ToList();
        if (dropped.Count > 0)
        {
            PersistAll(dropped, stored =>
            {
                _state = _state.Evolve(stored);
                Context.ActorOf(HistoryEraser.Props(stored.PersistenceId));
            });
        }

        if (LastSequenceNr < _state.CompactedAt + CompactionInterval) return;
        // One event that says everything replaces all before it.
        var compacted = _state.ToCompacted(_services.Clock.GetUtcNow(), LastSequenceNr + 1);
        Persist(compacted, stored =>
        {
            _state = _state.Evolve(stored);
            DeleteMessages(LastSequenceNr - 1);
        });
    }

    private DateTimeOffset Oldest() => _services.Settings.History.MaxAge is var age && age == TimeSpan.Zero ? DateTimeOffset.MinValue : _services.Clock.GetUtcNow() - age;

    private void Read(ReadHistory query)
    {
        if (_state.Latest(query.Key) is { } persistenceId) Context.ActorOf(HistoryReader.Props(persistenceId, Sender));
        else Sender.Tell(new Answer("container does not exist"));
    }

    /// <summary>An actor that fell for good (its journal cannot be read, say) is left in the directory for the next start, but answers nobody now.</summary>
    private void OnEnded(ContainerEnded ended)
    {
        if (!_living.TryGetValue(ended.Key, out var entry) || entry.PersistenceId != ended.PersistenceId) return;
        _log.Error("The actor of container {ContainerId} fell; it is raised again at the next start", ended.Key.Id);
        _living.Remove(ended.Key);
        Heard(ended.PersistenceId);
    }

    private sealed class Entry(IActorRef actor, string persistenceId)
    {
        public IActorRef Actor { get; } = actor;
        public string PersistenceId { get; } = persistenceId;
        public ContainerSnapshot? Snapshot { get; set; }
    }

    private sealed record ContainerEnded(ContainerKey Key, string PersistenceId);
}
