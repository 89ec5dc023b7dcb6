using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Anocir.Actors.Consoles;
using Anocir.Actors.Monitoring;
using Anocir.Actors.Signals;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Containers;

/// <summary>
/// One container. Its life is the fold of its events (<see cref="ContainerState"/>); what a supervisor holds beside them (the
/// pidfd, the channel to init, the callers who wait) is found again, or ended, after a restart.
/// </summary>
/// <remarks>
/// Creating: config.json → blueprint → <see cref="ContainerCreating"/> stored → cgroup and directory made while the caller clones
/// init → plan sent → hooks → init is ready → <see cref="ContainerCreated"/> stored. Created, Running, Paused: init's pidfd is
/// watched. Stopped: waits for delete. Every reply is sent after its event is stored. The files beside this one are its phases.
/// </remarks>
public sealed partial class ContainerActor : UntypedPersistentActor
{
    private readonly ContainerKey _key;
    private readonly ContainerServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ContainerState _state = ContainerState.Empty;
    private bool _restarted;
    private FdHandle? _pidfd;
    private IDisposable? _exitWatch;
    private IActorRef? _signals;
    private IActorRef? _console;
    private IActorRef? _monitor;
    private int _children;
    /// <summary>Who waits for an answer that comes with a message to ourselves.</summary>
    private readonly HashSet<IActorRef> _owed = [];

    public ContainerActor(string persistenceId, ContainerKey key, ContainerServices services)
    {
        PersistenceId = persistenceId;
        _key = key;
        _services = services;
    }

    public override string PersistenceId { get; }

    public static Props Props(string persistenceId, ContainerKey key, ContainerServices services) =>
        Akka.Actor.Props.Create<ContainerActor>(persistenceId, key, services);

    protected override SupervisorStrategy SupervisorStrategy() =>
        // A child that fails is not restarted into a conversation it knows nothing of; Terminated tells us.
        new OneForOneStrategy(maxNrOfRetries: 0, withinTimeRange: TimeSpan.FromSeconds(1), _ => Directive.Stop);

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case ContainerEvent e:
                _state = _state.Evolve(e);
                if (e is ContainerCreating creating) Remember(creating);
                break;
            case RecoveryCompleted:
                if (_state.Creation is not null) Reconcile();
                else if (_restarted) Depart(refused: true);
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        if (ForExec(message)) return;
        switch (message)
        {
            case CreateContainer m: Create(m); break;
            case StartContainer m: Start(m); break;
            case QueryState: Sender.Tell(Describe()); break;
            case KillContainer m: Kill(m); break;
            case DeleteContainer m: Delete(m); break;
            case PauseContainer: Pause(); break;
            case ResumeContainer: Resume(); break;
            case ListProcesses m: List(m); break;
            case UpdateContainer m: Update(m); break;
            case FollowEvents m: Follow(m); break;
            case ExecProcess m: Exec(m); break;
            case ForwardSignal m:
                if (_state.HasProcess && _pidfd is not null) Signals.Tell(new SignalForwarder.Deliver(m.Signal, All: false, Caller: null));
                break;
            case ResizeConsole m: _console?.Tell(new ConsoleRelay.Resize(m.Rows, m.Columns)); break;
            case DrainConsole: Drain(); break;
            case AttachConsole m: Attach(m); break;
            default:
                if (!OnRestoreMessage(message) && !OnCheckpointMessage(message) && !OnCreationMessage(message) && !OnLifeMessage(message) && !OnExecMessage(message) && !OnEndMessage(message)) Unhandled(message);
                break;
        }
    }

    /// <summary>A bug: the next instance knows the events, and nobody who waits.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        FailCallers($"container {_key.Id}: internal error: {reason.Message}");
        if (message is ContainerCommand and not (CallerGone or ForwardSignal or ResizeConsole or CriuFinished or CriuStarted or ConsoleRestored)) Sender.Tell(new Answer($"container {_key.Id}: internal error: {reason.Message}"));
        (message as IDisposable)?.Dispose();
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        _restarted = true;
        base.PostRestart(reason);
    }

    protected override void PostStop()
    {
        // When the whole supervisor ends, callers see the end of their connections, and ask the next one again.
        if (CoordinatedShutdown.Get(Context.System).ShutdownReason is null) FailCallers($"container {_key.Id}: its actor has ended; the supervisor's log says why");
        DropLaunch();
        DropStart();
        _exitWatch?.Dispose();
        _pidfd?.Dispose();
        base.PostStop();
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _log.Error(cause, "Container {ContainerId}: {Event} could not be stored", _key.Id, @event.GetType().Name);
        FailCallers($"store what happened to container {_key.Id}: {cause.Message}");
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        // Not stored, so not done: what follows from it must not happen, and what led to it is undone by the next instance.
        throw new InvalidOperationException($"{@event.GetType().Name} could not be stored", cause);

    /// <summary>Stores the event, makes it the state, tells everybody who shows states, and only then acts.</summary>
    private void Record(ContainerEvent happened, Action? then = null) =>
        Persist(happened, stored =>
        {
            _state = _state.Evolve(stored);
            Context.System.EventStream.Publish(new ContainerHappened(_key, stored));
            Context.Parent.Tell(Snapshot());
            then?.Invoke();
            // A directory that is being removed must not get new files.
            if (stored is not (HookRan or SignalAsked or SignalSent or ExecStarted or ExecExited) && _state is { Deleting: false, Status: not ContainerStatus.Gone }) _services.Projection.Write(_key, Snapshot(), stored);
        });

    private ContainerSnapshot Snapshot() => ContainerSnapshot.Of(_key, _state);

    private Answer Describe() => _state.Status is ContainerStatus.None or ContainerStatus.Gone
        ? new Answer("container does not exist")
        : new Answer(null, Snapshot().ToStateJson());

    /// <summary>Only while there is a process.</summary>
    private IActorRef Signals => _signals ??= Child(SignalForwarder.Props(Sys.Duplicate(_pidfd!), _services.OpenCgroup(_state)), "signals");

    private DateTimeOffset Now => _services.Clock.GetUtcNow();

    /// <summary>After a restart: the events say how it was, /proc says how it is.</summary>
    private void Reconcile()
    {
        switch (_state.Status)
        {
            case ContainerStatus.Gone:
                Depart(refused: false);
                break;
            case ContainerStatus.Creating:
                // Nobody is left to finish it. Init ends by itself when its channel does; what was made is removed.
                _log.Info("Container {ContainerId} was half made; it is removed", _key.Id);
                Adopt();
                Self.Tell(new Abandon("the supervisor ended while the container was being created"));
                break;
            case ContainerStatus.Stopped when _state.Deleting:
                Self.Tell(new ContinueDeletion());
                break;
            case ContainerStatus.Stopped:
                break;
            default:
                // Stored before anybody is answered: the very call that starts a supervisor must not see what was.
                if (FindProcess()) return;
                break;
        }

        Context.Parent.Tell(Snapshot());
    }

    /// <summary>True when it is not as the events left it, which new events then tell.</summary>
    private bool FindProcess()
    {
        var found = Adopt();
        var started = found && !_state.Started && HasExecuted();
        if (started) RecordStarted();
        if (!found || Sys.ProcessEnded(_pidfd!, 0))
        {
            OnExited(new InitExited(_pidfd));
            return true;
        }

        if (_state.Started) Monitor();
        // A pause or a resume that was done and not stored.
        var frozen = _services.OpenCgroup(_state).IsFrozen;
        if (frozen == (_state.Status == ContainerStatus.Paused)) return started;
        Record(frozen ? new ContainerPaused { At = Now } : new ContainerResumed { At = Now });
        return true;
    }

    /// <summary>Finds the process that the events speak of: the same pid, started at the same time, in the same boot.</summary>
    private bool Adopt()
    {
        if (_state.Pid == 0 || _state.Creation!.BootId != _services.BootId) return false;
        _pidfd = Sys.TryOpenProcess(_state.Pid, out _);
        if (_pidfd is null || Sys.ProcessStartTime(_state.Pid) != _state.StartTime)
        {
            _pidfd?.Dispose();
            _pidfd = null;
            return false;
        }

        WatchExit();
        return true;
    }

    private void WatchExit()
    {
        var (self, exited) = (Self, new InitExited(_pidfd));
        _exitWatch = _services.Reactor.Watch(_pidfd!, ReactorEvents.Readable, _ => self.Tell(exited));
    }

    private void Monitor() => _monitor ??= Child(CgroupMonitor.Props(_services.OpenCgroup(_state), _services.Reactor), "cgroup");

    /// <summary>A child of its own name, whose end we hear of.</summary>
    private IActorRef Child(Props props, string role)
    {
        var child = Context.ActorOf(props, string.Create(null, $"{role}-{_children++}"));
        // Not WatchWith: see the directory.
        Context.Watch(child);
        return child;
    }

    private static void Dismiss(IActorRef? child)
    {
        if (child is null) return;
        Context.Unwatch(child);
        Context.Stop(child);
    }

    /// <summary>A child fell, since those that are dismissed are not watched any more.</summary>
    private void OnChildEnded(IActorRef child)
    {
        if (child.Equals(_hooks?.Runner)) OnHooksFell();
        else if (child.Equals(_console)) EndConsole();
        else if (child.Equals(_signals)) _signals = null;
        else if (child.Equals(_monitor)) _monitor = null;
        else if (child.Equals(_checkpoint?.Reader)) EndCheckpoint(new Answer($"container {_key.Id}: its configuration cannot be read from the journal; the supervisor's log says why"));
        else if (!_feeds.Remove(child)) OnExecEnded(child);
    }

    private void Reply(IActorRef caller, Answer answer)
    {
        _owed.Remove(caller);
        caller.Tell(answer);
    }

    private void FailCallers(string reason)
    {
        var answer = new Answer(reason);
        _launch?.Caller.Tell(answer);
        _start?.Caller.Tell(answer);
        foreach (var deletion in _deletions) deletion.Caller.Tell(deletion.Reason is null ? answer : new Answer(deletion.Reason));
        _deletions.Clear();
        foreach (var caller in _owed) caller.Tell(answer);
        _owed.Clear();
        EndCheckpoint(answer);
        EndConsole();
    }

    /// <summary>The pidfd says that init has ended. Null: a restarted supervisor did not find it any more.</summary>
    private sealed record InitExited(FdHandle? Pidfd);

    /// <summary>Undo a creation that cannot be finished.</summary>
    private sealed record Abandon(string Reason);

    private sealed record ContinueDeletion;
}
