using System.Collections.Immutable;
using Anocir.Platform.Oci;

namespace Anocir.Actors.Containers;

/// <summary>What is known of a container: a fold over its events, nothing else.</summary>
public sealed record ContainerState
{
    public static ContainerState Empty { get; } = new();

    public ContainerStatus Status { get; init; }
    /// <summary>What the creation said; null before it.</summary>
    public ContainerCreating? Creation { get; init; }
    /// <summary>0 before init exists.</summary>
    public int Pid { get; init; }
    public long StartTime { get; init; }
    /// <summary>wait(2)'s word; null while it runs, and where nobody could tell.</summary>
    public int? WaitStatus { get; init; }
    public bool OutOfMemory { get; init; }
    /// <summary>Deletion has begun and must be finished.</summary>
    public bool Deleting { get; init; }
    /// <summary>The user's program was begun.</summary>
    public bool Started { get; init; }
    /// <summary>CRIU made its processes, in a time namespace that continues their clocks.</summary>
    public bool Restored { get; init; }
    /// <summary>The request that started it, to recognise a repeated one; empty where it is not known.</summary>
    public string StartOperation { get; init; } = "";
    public string DeleteOperation { get; init; } = "";
    public DateTimeOffset? ExitedAt { get; init; }
    /// <summary>The limits it has now, as far as they are known.</summary>
    public Resources? Resources { get; init; }
    /// <summary>Number of the last exec that was stored.</summary>
    public int Execs { get; init; }

    /// <summary>The latest requests for signals, and whether each was delivered: oldest first, within a bound.</summary>
    public ImmutableList<(string Operation, bool Sent)> Signals { get; init; } = [];

    public bool HasProcess => Status is ContainerStatus.Creating or ContainerStatus.Created or ContainerStatus.Running or ContainerStatus.Paused;

    /// <summary>The next state. Pure: no clock, no file, no /proc.</summary>
    public ContainerState Evolve(ContainerEvent happened) => happened switch
    {
        // The config itself is history's; hundreds of sleeping containers need not hold it.
        ContainerCreating e => this with { Status = ContainerStatus.Creating, Creation = e with { Config = "", Resources = null }, Resources = e.Resources },
        InitSpawned e => this with { Pid = e.Pid, StartTime = e.StartTime },
        ContainerCreated => this with { Status = ContainerStatus.Created },
        ContainerCreationFailed => this with { Status = ContainerStatus.Gone },
        ContainerStarted e => this with { Status = Status == ContainerStatus.Stopped ? Status : ContainerStatus.Running, Started = true, StartOperation = e.Operation },
        // Like a creation and a start in one.
        ContainerRestored => this with { Status = Status == ContainerStatus.Stopped ? Status : ContainerStatus.Running, Started = true, Restored = true, StartOperation = Creation?.Operation ?? "" },
        ContainerPaused => this with { Status = ContainerStatus.Paused },
        // A container may be paused before it is started.
        ContainerResumed => this with { Status = Started ? ContainerStatus.Running : ContainerStatus.Created },
        ContainerUpdated e => this with { Resources = e.Resources },
        OutOfMemory _ => this with { OutOfMemory = true },
        ContainerExited e => this with
        {
            Status = ContainerStatus.Stopped,
            WaitStatus = e.WaitStatus,
            OutOfMemory = OutOfMemory || e.OutOfMemory,
            ExitedAt = e.At,
        },
        ContainerDeleting e => this with { Deleting = true, DeleteOperation = e.Operation },
        // Who finishes a deletion need not be who asked for it.
        ContainerDeleted e => this with { Status = ContainerStatus.Gone, DeleteOperation = e.Operation.Length > 0 ? e.Operation : DeleteOperation },
        ExecStarted e => this with { Execs = e.Number },
        SignalAsked e => WithSignal(e.Operation, sent: false),
        SignalSent e => WithSignal(e.Operation, sent: true),
        HookRan or ExecExited or ContainerCheckpointed => this,
        _ => throw new InvalidOperationException($"no rule for {happened.GetType().Name}"),
    };

    /// <summary>Whether the signal of this request was delivered; null for a request that is new.</summary>
    public bool? WasSent(string operation) => Signals.FindLast(s => s.Operation == operation) is { Operation: not null } known ? known.Sent : null;

    /// <summary>Why a start is refused; null when it may go on.</summary>
    public string? RefuseStart() => Status switch
    {
        ContainerStatus.Created => null,
        ContainerStatus.Stopped => "cannot start a container that has stopped",
        ContainerStatus.Creating => "cannot start a container that is being created",
        ContainerStatus.Running or ContainerStatus.Paused => "cannot start an already running container",
        _ => "container does not exist",
    };

    /// <summary>Why a delete is refused.</summary>
    public string? RefuseDelete(string id, bool force) => Status switch
    {
        ContainerStatus.Creating when !force => $"cannot delete container {id} that is not stopped: creating",
        ContainerStatus.Running or ContainerStatus.Paused when !force => $"cannot delete container {id} that is not stopped: {StatusName}",
        _ => null,
    };

    /// <summary>Why a pause is refused.</summary>
    public string? RefusePause() => Status is ContainerStatus.Running or ContainerStatus.Created ? null : "container not running";

    /// <summary>Why a resume is refused.</summary>
    public string? RefuseResume() => Status == ContainerStatus.Paused ? null : "container not paused";

    /// <summary>Why an update is refused.</summary>
    public string? RefuseUpdate() => Status switch
    {
        ContainerStatus.Created or ContainerStatus.Running or ContainerStatus.Paused => null,
        ContainerStatus.Creating => "cannot update a container that is being created",
        ContainerStatus.Stopped => "container not running",
        _ => "container does not exist",
    };

    /// <summary>Why its events cannot be followed, nor its statistics be read.</summary>
    public string? RefuseFollow(string id) => Status switch
    {
        ContainerStatus.Created or ContainerStatus.Running or ContainerStatus.Paused => null,
        ContainerStatus.Creating or ContainerStatus.Stopped => $"container with id {id} is not running",
        _ => "container does not exist",
    };

    /// <summary>Why a checkpoint is refused.</summary>
    public string? RefuseCheckpoint() => Status switch
    {
        ContainerStatus.Running or ContainerStatus.Paused => null,
        ContainerStatus.None or ContainerStatus.Gone => "container does not exist",
        _ => $"Container cannot be checkpointed in {StatusName} state",
    };

    private ContainerState WithSignal(string operation, bool sent)
    {
        // A caller repeats its request at once: only the latest can come again.
        const int Most = 64;
        if (operation.Length == 0) return this;
        var others = Signals.RemoveAll(s => s.Operation == operation);
        return this with { Signals = (others.Count < Most ? others : others.RemoveAt(0)).Add((operation, sent)) };
    }

    /// <summary>As the specification and runc spell it.</summary>
    public string StatusName => Status switch
    {
        ContainerStatus.Creating => "creating",
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Paused => "paused",
        _ => "stopped",
    };
}
