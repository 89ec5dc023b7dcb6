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
public sealed partial class ContainersActor : UntypedPersistentActor
{
    private readonly ContainerServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<ContainerKey, Entry> _living = [];
    private readonly List<(ListContainers Query, IActorRef Asker)> _listing = [];
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
                foreach (var (key, persistenceId, createdBy) in _state.Living)
                {
                    Raise(key, persistenceId, createdBy).Tell(new Orphaned());
                    (_living[key].FromBefore, _living[key].Silent) = (true, true);
                }

                Trim();
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case ForContainer { Command: CreateContainer create, Key: var key }: Create(key, create, Sender); break;
            case ForContainer m: Forward(m); break;
            case CreateAnew m: CreateAnew(m); break;
            case Answer m: OnRemovalAnswered(m); break;
            case ListContainers m: List(m); break;
            case ContainerSnapshot snapshot: OnSnapshot(snapshot); break;
            case ContainerGone m: OnGone(m); break;
            case CountContainers: Sender.Tell(new ContainerCount(_living.Count)); break;
            case ReadHistory m: Read(m); break;
            case Terminated m: OnEnded(m.ActorRef); break;
            case HistoryEraser.Erased m: OnErased(m); break;
            case DeleteMessagesSuccess: break;
            case DeleteMessagesFailure m: _log.Warning(m.Cause, "The directory of containers could not be compacted"); break;
            default: Unhandled(message); break;
        }
    }

    private void Create(ContainerKey key, CreateContainer create, IActorRef caller)
    {
        if (_living.TryGetValue(key, out var entry))
        {
            // The same request again, after a supervisor died over it: the container knows how far it had come.
            if (IsRepeated(entry, create)) Deliver(key, entry, create, caller);
            else Refuse(create, caller, "container with given ID already exists");
            return;
        }

        if (!ContainerId.TryParse(key.Id, out _, out var problem))
        {
            Refuse(create, caller, problem);
            return;
        }

        // Of our own making: a request's own name for itself is not to be trusted with an actor's, and may come twice.
        var persistenceId = $"container-{Guid.NewGuid():n}";
        var opened = new IncarnationOpened { At = _services.Clock.GetUtcNow(), Root = key.Root, Id = key.Id, PersistenceId = persistenceId, Operation = create.Operation };
        Persist(opened, stored =>
        {
            _state = _state.Evolve(stored);
            Raise(key, stored.PersistenceId, stored.Operation).Tell(create, caller);
        });
    }

    private static bool IsRepeated(Entry entry, CreateContainer create) =>
        create.Operation.Length > 0 && entry.CreatedBy == create.Operation && !entry.Fallen && entry.FromBefore && entry.Successor is null;

    /// <summary>What is left of the first attempt goes, then the container is made anew.</summary>
    private void CreateAnew(CreateAnew again)
    {
        if (!_living.TryGetValue(again.Key, out var entry))
        {
            Create(again.Key, again.Create, again.Caller);
        }
        else if (IsRepeated(entry, again.Create))
        {
            entry.Successor = (again.Create, again.Caller);
            entry.Actor.Tell(new DeleteContainer("", Force: true), Self);
        }
        else
        {
            Refuse(again.Create, again.Caller, "container with given ID already exists");
        }
    }

    /// <summary>The removal that a successor waits for has failed, or is done, which <see cref="ContainerGone"/> tells.</summary>
    private void OnRemovalAnswered(Answer answer)
    {
        if (answer.Error is not { } reason || _living.Values.FirstOrDefault(e => e.Actor.Equals(Sender)) is not { Successor: { } successor } entry) return;
        entry.Successor = null;
        Refuse(successor.Create, successor.Caller, reason);
    }

    private static void Refuse(CreateContainer create, IActorRef caller, string reason)
    {
        create.Dispose();
        caller.Tell(new Answer(reason));
    }

    private IActorRef Raise(ContainerKey key, string persistenceId, string createdBy)
    {
        var actor = Context.ActorOf(ContainerActor.Props(persistenceId, key, _services), persistenceId);
        // Not WatchWith: the stash of a persistent actor gives an ending back without its message, and a bare Terminated is a death pact.
        Context.Watch(actor);
        _living[key] = new Entry(actor, persistenceId, createdBy);
        return actor;
    }

    private void Forward(ForContainer message)
    {
        if (!_living.TryGetValue(message.Key, out var entry))
        {
            AnswerForNobody(message.Key, message.Command, Sender, "container does not exist");
            return;
        }

        if (message.Command is CallerGone && entry.Successor is { } successor && successor.Caller.Equals(Sender))
        {
            successor.Create.Dispose();
            entry.Successor = null;
        }

        Deliver(message.Key, entry, message.Command, Sender);
    }

    /// <summary>
    /// What comes for a container that is still being replayed is held here: were its events unreadable, its actor would end and
    /// take along whatever waits at it.
    /// </summary>
    private void Deliver(ContainerKey key, Entry entry, ContainerCommand command, IActorRef caller)
    {
        if (entry.Fallen) AnswerForNobody(key, command, caller, FellReason(key));
        else if (!entry.Silent) entry.Actor.Tell(command, caller);
        else if (entry.Held.Count < _services.Settings.Lifecycle.StashCapacity || !IsAnswered(command)) entry.Held.Enqueue((command, caller));
        else AnswerForNobody(key, command, caller, $"container {key.Id}: too many requests wait for it");
    }

    private void DeliverHeld(ContainerKey key, Entry entry)
    {
        while (entry.Held.TryDequeue(out var held)) Deliver(key, entry, held.Command, held.Caller);
    }

    private static string FellReason(ContainerKey key) => $"container {key.Id}: its actor has ended; the supervisor's log says why";

    /// <summary>Somebody waits for what comes of it.</summary>
    private static bool IsAnswered(ContainerCommand command) => command is not (CallerGone or ForwardSignal or ResizeConsole or InitLaunched or LaunchFailed or CriuFinished or CriuStarted or ConsoleRestored);

    private void AnswerForNobody(ContainerKey key, ContainerCommand command, IActorRef caller, string reason)
    {
        (command as IDisposable)?.Dispose();
        if (!IsAnswered(command)) return;
        var answered = command switch
        {
            // The last output is out, in its way.
            DrainConsole => true,
            // It ended, and was deleted, while its follower had no supervisor.
            FollowEvents { Options.Resumed: true } => !_living.ContainsKey(key),
            // Or: the same request again, after a supervisor died over it.
            DeleteContainer delete => !_living.ContainsKey(key) && (delete.Force || _state.WasDeletedBy(key, delete.Operation)),
            _ => false,
        };
        caller.Tell(answered ? Answer.Done : new Answer(reason));
    }

    private void List(ListContainers query)
    {
        // A supervisor that was restarted a moment ago knows the names, and not yet how they are.
        if (_living.Any(l => l.Key.Root == query.Root && l.Value.Silent))
        {
            _listing.Add((query, Sender));
            return;
        }

        Sender.Tell(Listed(query));
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

    private void OnHeardOf(ContainerKey key, Entry entry)
    {
        if (!entry.Silent) return;
        entry.Silent = false;
        DeliverHeld(key, entry);
        foreach (var (query, asker) in _listing.ToList())
        {
            if (_living.Any(l => l.Key.Root == query.Root && l.Value.Silent)) continue;
            _listing.Remove((query, asker));
            asker.Tell(Listed(query));
        }
    }

    private void OnSnapshot(ContainerSnapshot snapshot)
    {
        if (!_living.TryGetValue(snapshot.Key, out var entry) || !entry.Actor.Equals(Sender)) return;
        entry.Snapshot = snapshot;
        OnHeardOf(snapshot.Key, entry);
    }

    private void OnGone(ContainerGone gone)
    {
        var known = _living.TryGetValue(gone.Key, out var entry) && entry.PersistenceId == gone.PersistenceId;
        if (known)
        {
            _living.Remove(gone.Key);
            // Its own to answer: a creation that was repeated, for one, is to be done anew.
            OnHeardOf(gone.Key, entry!);
        }

        // Behind everything that was forwarded to it.
        Sender.Tell(new Leave());
        if (!known) return;
        var closed = new IncarnationClosed { At = _services.Clock.GetUtcNow(), PersistenceId = gone.PersistenceId, Empty = gone.Refused, Operation = gone.DeletedBy };
        Persist(closed, stored =>
        {
            _state = _state.Evolve(stored);
            Trim();
            Compact();
            if (entry!.Successor is { } successor) Create(gone.Key, successor.Create, successor.Caller);
        });
    }

    /// <summary>An actor that fell for good (its journal cannot be read, say): its name stays taken, and it is raised again at the next start.</summary>
    private void OnEnded(IActorRef ended)
    {
        if (_erasing.Remove(ended.Path.Name)) return;
        var (key, entry) = _living.FirstOrDefault(l => l.Value.Actor.Equals(ended));
        // One that is gone in good order was let go before.
        if (entry is null) return;
        _log.Error("The actor of container {ContainerId} fell; it is raised again at the next start", key.Id);
        entry.Fallen = true;
        if (entry.Successor is { } successor) Refuse(successor.Create, successor.Caller, FellReason(key));
        entry.Successor = null;
        OnHeardOf(key, entry);
    }

    private sealed class Entry(IActorRef actor, string persistenceId, string createdBy)
    {
        public IActorRef Actor { get; } = actor;
        public string PersistenceId { get; } = persistenceId;
        public string CreatedBy { get; } = createdBy;
        /// <summary>Raised by a restart: whoever created it is not connected any more.</summary>
        public bool FromBefore { get; set; }
        /// <summary>Its actor is being replayed, and has not said yet how it is.</summary>
        public bool Silent { get; set; }
        /// <summary>What has come for it meanwhile.</summary>
        public Queue<(ContainerCommand Command, IActorRef Caller)> Held { get; } = [];
        public bool Fallen { get; set; }
        public ContainerSnapshot? Snapshot { get; set; }
        /// <summary>The creation that comes after it under the same name.</summary>
        public (CreateContainer Create, IActorRef Caller)? Successor { get; set; }
    }
}
