using Anocir.Actors.Containers;
using Xunit;
using static Anocir.Actors.Containers.ContainerStatus;

namespace Anocir.Actors.Tests.Containers;

public sealed class ContainerStateTests
{
    private static readonly DateTimeOffset _at = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly ContainerCreating _creating = new()
    {
        At = _at,
        Root = "/r",
        Id = "c",
        Operation = "create",
        Bundle = "/b",
        Rootfs = "/b/rootfs",
        Config = "{}",
        CgroupDirectories = [],
        CgroupDirectoriesToRemove = [],
        BootId = "boot",
        OwnerUid = 0,
        HasProcess = true,
        OwnPidNamespace = true,
    };

    private static readonly InitSpawned _spawned = new() { At = _at, Pid = 7, StartTime = 70 };
    private static readonly ContainerCreated _created = new() { At = _at };
    private static readonly ContainerStarted _started = new() { At = _at, Operation = "start" };
    private static readonly ContainerPaused _paused = new() { At = _at };
    private static readonly ContainerResumed _resumed = new() { At = _at };
    private static readonly ContainerCheckpointed _saved = new() { At = _at, ImagePath = "/images" };
    private static readonly ContainerRestored _restored = new() { At = _at, ImagePath = "/images" };
    private static readonly ContainerExited _exited = new() { At = _at.AddSeconds(1), WaitStatus = 256 };
    private static readonly ContainerDeleting _deleting = new() { At = _at };
    private static readonly ContainerDeleted _deleted = new() { At = _at, Operation = "delete" };
    private static readonly ContainerCreationFailed _failed = new() { At = _at, Reason = "why" };
    private static readonly HookRan _hook = new() { At = _at, Kind = "prestart", Index = 0, Path = "/h", Milliseconds = 1 };
    private static readonly SignalSent _signal = new() { At = _at, Signal = 15, All = false };
    private static readonly ContainerUpdated _updated = new()
    {
        At = _at,
        Change = new() { Pids = new() { Limit = 5 } },
        Resources = new() { Pids = new() { Limit = 5 }, Memory = new() { Limit = 1 << 20 } },
    };
    private static readonly OutOfMemory _oom = new() { At = _at, Kills = 1 };

    /// <summary>Whole lives, as they are stored.</summary>
    private static readonly ContainerEvent[][] _lives =
    [
        [_creating, _failed],
        [_creating, _spawned, _hook, _failed],
        [_creating, _spawned, _hook, _hook, _created, _started, _hook, _signal, _exited, _deleting, _hook, _deleted],
        [_creating, _spawned, _created, _signal, _exited, _deleting, _deleted],
        [_creating, _spawned, _created, _paused, _resumed, _started, _paused, _signal, _resumed, _oom, _exited, _deleting, _deleted],
        [_creating, _spawned, _created, _started, _paused, _exited, _deleting, _deleted],
        [_creating, _spawned, _created, _started, _saved, _paused, _saved, _exited, _deleting, _deleted],
        [_creating, _spawned, _hook, _restored, _paused, _resumed, _saved, _exited, _deleting, _deleted],
        [_creating, _spawned, _created, _updated, _started, _updated, _paused, _updated, _exited, _deleting, _deleted],
    ];

    public static TheoryData<int, int> Prefixes
    {
        get
        {
            var data = new TheoryData<int, int>();
            for (var life = 0; life < _lives.Length; life++)
                for (var length = 0; length <= _lives[life].Length; length++) data.Add(life, length);
            return data;
        }
    }

    public static TheoryData<ContainerStatus> Statuses => [.. Enum.GetValues<ContainerStatus>()];

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void Any_prefix_of_a_life_gives_a_consistent_state(int life, int length)
    {
        var events = _lives[life][..length];
        var state = Replay(events);
        Assert.Equal(Replay(events), state);
        Assert.Equal(length == 0, state.Status == None);
        Assert.Equal(length > 0, state.Creation is not null);
        // A later supervisor finds the process by these two.
        if (state.HasProcess && state.Status != Creating) Assert.Equal((7, 70L), (state.Pid, state.StartTime));
        Assert.Equal(events.Contains(_started) || events.Contains(_restored), state.Started);
        Assert.Equal(events.Contains(_started), state.StartOperation == "start");
        Assert.Equal(events.Contains(_exited) ? 256 : null, state.WaitStatus);
        Assert.Equal(events.Contains(_exited) ? _exited.At : null, state.ExitedAt);
        Assert.Equal(events.Contains(_oom), state.OutOfMemory);
        Assert.Equal(events.Contains(_deleting), state.Deleting);
        Assert.Equal(events.Contains(_deleted) ? "delete" : "", state.DeleteOperation);
        Assert.Equal(length == _lives[life].Length, state.Status == Gone);
        if (state.Creation is { } creation) Assert.Equal("", creation.Config);
    }

    [Theory]
    [InlineData(None, "creating", Creating)]
    [InlineData(Creating, "spawned", Creating)]
    [InlineData(Creating, "created", Created)]
    [InlineData(Creating, "failed", Gone)]
    [InlineData(Creating, "hook", Creating)]
    [InlineData(Creating, "signal", Creating)]
    [InlineData(Creating, "oom", Creating)]
    [InlineData(Creating, "restored", Running)]
    [InlineData(Running, "saved", Running)]
    [InlineData(Paused, "saved", Paused)]
    [InlineData(Stopped, "saved", Stopped)]
    [InlineData(Created, "started", Running)]
    [InlineData(Created, "paused", Paused)]
    [InlineData(Created, "exited", Stopped)]
    [InlineData(Created, "signal", Created)]
    [InlineData(Created, "hook", Created)]
    [InlineData(Created, "oom", Created)]
    [InlineData(Created, "updated", Created)]
    [InlineData(Running, "updated", Running)]
    [InlineData(Paused, "updated", Paused)]
    [InlineData(Running, "paused", Paused)]
    [InlineData(Running, "exited", Stopped)]
    [InlineData(Running, "signal", Running)]
    [InlineData(Running, "hook", Running)]
    [InlineData(Running, "oom", Running)]
    [InlineData(Paused, "resumed", Running)]
    [InlineData(Paused, "exited", Stopped)]
    [InlineData(Paused, "signal", Paused)]
    [InlineData(Paused, "oom", Paused)]
    // Init ended right after its execve, and the word of that came first.
    [InlineData(Stopped, "started", Stopped)]
    [InlineData(Stopped, "hook", Stopped)]
    [InlineData(Stopped, "signal", Stopped)]
    [InlineData(Stopped, "oom", Stopped)]
    [InlineData(Stopped, "deleting", Stopped)]
    [InlineData(Stopped, "deleted", Gone)]
    [InlineData(Gone, "signal", Gone)]
    public void Event_leads_from_one_status_to_the_next(ContainerStatus before, string happened, ContainerStatus after)
    {
        ContainerEvent e = happened switch
        {
            "creating" => _creating,
            "spawned" => _spawned,
            "created" => _created,
            "failed" => _failed,
            "started" => _started,
            "paused" => _paused,
            "resumed" => _resumed,
            "saved" => _saved,
            "restored" => _restored,
            "exited" => _exited,
            "deleting" => _deleting,
            "deleted" => _deleted,
            "hook" => _hook,
            "signal" => _signal,
            "updated" => _updated,
            _ => _oom,
        };
        Assert.Equal(after, In(before).Evolve(e).Status);
    }

    [Fact]
    public void Container_that_was_paused_before_its_start_is_created_again_when_resumed()
    {
        var state = Replay([_creating, _spawned, _created, _paused, _resumed]);
        Assert.Equal(Created, state.Status);
        Assert.Null(state.RefuseStart());
    }

    [Fact]
    public void Restored_container_counts_as_started_by_the_request_that_restored_it()
    {
        var state = Replay([_creating, _spawned, _restored]);
        Assert.True(state is { Started: true, Restored: true });
        Assert.Equal(_creating.Operation, state.StartOperation);
        Assert.Equal(Running, state.Evolve(_paused).Evolve(_resumed).Status);
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Every_command_is_decided_in_every_status(ContainerStatus status)
    {
        var state = In(status);
        Assert.Equal(
            status switch
            {
                Created => null,
                Creating => "cannot start a container that is being created",
                Running or Paused => "cannot start an already running container",
                Stopped => "cannot start a container that has stopped",
                _ => "container does not exist",
            },
            state.RefuseStart());
        Assert.Equal(
            status switch
            {
                Creating => "cannot delete container c that is not stopped: creating",
                Running => "cannot delete container c that is not stopped: running",
                Paused => "cannot delete container c that is not stopped: paused",
                _ => null,
            },
            state.RefuseDelete("c", force: false));
        Assert.Null(state.RefuseDelete("c", force: true));
        Assert.Equal(status is Running or Created ? null : "container not running", state.RefusePause());
        Assert.Equal(status == Paused ? null : "container not paused", state.RefuseResume());
        Assert.Equal(
            status switch
            {
                Running or Paused => null,
                Creating => "Container cannot be checkpointed in creating state",
                Created => "Container cannot be checkpointed in created state",
                Stopped => "Container cannot be checkpointed in stopped state",
                _ => "container does not exist",
            },
            state.RefuseCheckpoint());
        Assert.Equal(status is Creating or Created or Running or Paused, state.HasProcess);
        Assert.Equal(
            status switch
            {
                Created or Running or Paused => null,
                Creating => "cannot update a container that is being created",
                Stopped => "container not running",
                _ => "container does not exist",
            },
            state.RefuseUpdate());
        Assert.Equal(
            status switch
            {
                Created or Running or Paused => null,
                Creating or Stopped => "container with id c is not running",
                _ => "container does not exist",
            },
            state.RefuseFollow("c"));
    }

    [Fact]
    public void Update_replaces_the_limits_of_the_creation()
    {
        var resources = new Platform.Oci.Resources { Pids = new() { Limit = 9 } };
        var state = Replay([_creating with { Resources = resources }, _spawned, _created]);
        Assert.Equal(resources, state.Resources);
        Assert.Null(state.Creation!.Resources);
        Assert.Equal(_updated.Resources, Replay([_creating with { Resources = resources }, _spawned, _created, _updated, _started]).Resources);
    }

    [Fact]
    public void Status_has_the_name_that_engines_know() =>
        Assert.Equal(
            ["stopped", "creating", "created", "running", "paused", "stopped", "stopped"],
            Enum.GetValues<ContainerStatus>().Select(status => In(status).StatusName));

    [Fact]
    public void Unknown_event_is_a_bug() =>
        Assert.Throws<InvalidOperationException>(() => ContainerState.Empty.Evolve(new Unknown { At = _at }));

    private static ContainerState In(ContainerStatus status) => status switch
    {
        None => ContainerState.Empty,
        Creating => Replay([_creating, _spawned]),
        Created => Replay([_creating, _spawned, _created]),
        Running => Replay([_creating, _spawned, _created, _started]),
        Paused => Replay([_creating, _spawned, _created, _started, _paused]),
        Stopped => Replay([_creating, _spawned, _created, _started, _exited]),
        _ => Replay([_creating, _failed]),
    };

    private static ContainerState Replay(IEnumerable<ContainerEvent> events) => events.Aggregate(ContainerState.Empty, (state, e) => state.Evolve(e));

    private sealed record Unknown : ContainerEvent;
}
