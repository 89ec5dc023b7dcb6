using Akka.Actor;
using Anocir.Actors.Containers;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Xunit;
using OciHooks = Anocir.Platform.Oci.Hooks;

namespace Anocir.Actors.Tests.Containers;

/// <summary>What a supervisor makes of the events of the one before it.</summary>
public sealed class ContainerRecoveryTests : ContainerTestKit
{
    private static readonly DateTimeOffset _at = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task Created_container_is_taken_over_and_started()
    {
        var init = await CreatedAsync("c");
        await RestartAsync();
        Assert.Equal("created", await StatusAsync("c"));
        var caller = Send("c", new StartContainer(NewOperation()));
        await init.TakeStartAsync();
        init.Execute();
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.Equal(["creating", "spawned", "created", "started"], await HistoryAsync("c"));
    }

    [Fact]
    public async Task Running_container_is_taken_over_and_its_end_is_seen()
    {
        var init = await RunningAsync("c");
        await RestartAsync();
        Assert.Equal("running", await StatusAsync("c"));
        init.Kill();
        Assert.Equal(9, (await HappenedAsync<ContainerExited>()).WaitStatus);
        Assert.Null((await AskAsync("c", new DeleteContainer(NewOperation(), Force: false))).Error);
        await AssertNothingLeftAsync("c");
    }

    [Fact]
    public async Task Half_made_container_is_removed_with_its_process()
    {
        var caller = Send("c", NewCreation());
        var init = await LaunchAsync("c", caller);
        await HappenedAsync<InitSpawned>();
        await RestartAsync();
        Assert.Equal("the supervisor ended while the container was being created", (await HappenedAsync<ContainerCreationFailed>()).Reason);
        await init.EndedAsync();
        await AwaitAssertAsync(() => AssertNothingLeftAsync("c"), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Program_that_was_begun_before_the_event_was_stored_runs()
    {
        // Not from a file in memory: init has become the user's program.
        using var init = NewInit(new Channel(UnixSocket.Pair().One), sealedExecutable: false);
        await StoreLifeAsync("c", init.Pid, init.StartTime);
        Assert.Equal("running", await StatusAsync("c"));
        Assert.Null((await AskAsync("c", new StartContainer(NewOperation()))).Error);
    }

    [Fact]
    public async Task Init_that_waits_for_start_is_not_taken_for_the_users_program()
    {
        using var init = NewInit(new Channel(UnixSocket.Pair().One));
        await StoreLifeAsync("c", init.Pid, init.StartTime);
        Assert.Equal("created", await StatusAsync("c"));
    }

    [Theory]
    [InlineData("ended")]
    [InlineData("another process")]
    [InlineData("another boot")]
    public async Task Process_that_is_not_the_containers_any_more_is_left_alone(string why)
    {
        using var init = NewInit(new Channel(UnixSocket.Pair().One));
        if (why == "ended")
        {
            init.Kill();
            await init.EndedAsync();
        }

        await StoreLifeAsync("c", init.Pid, init.StartTime + (why == "another process" ? 1 : 0), why == "another boot" ? "the last boot" : "this boot", new ContainerStarted { At = _at, Operation = "s" });
        Assert.Null((await HappenedAsync<ContainerExited>()).WaitStatus);
        Assert.Equal("container not running", (await AskAsync("c", new KillContainer(NewOperation(), "KILL", All: false))).Error);
        Assert.Null((await AskAsync("c", new DeleteContainer(NewOperation(), Force: true))).Error);
        Assert.Equal(why == "ended", init.HasEnded);
    }

    [Fact]
    public async Task Kill_that_is_repeated_after_it_ended_the_container_has_done_its_work()
    {
        await StoreLifeAsync("c", int.MaxValue, 1, "this boot", new ContainerStarted { At = _at, Operation = "s" }, new SignalAsked { At = _at, Signal = 9, Operation = "k" });
        await HappenedAsync<ContainerExited>();
        Assert.Null((await AskAsync("c", new KillContainer("k", "KILL", All: false))).Error);
        Assert.Equal("container not running", (await AskAsync("c", new KillContainer("another", "KILL", All: false))).Error);
    }

    [Fact]
    public async Task Signal_that_is_asked_for_again_is_delivered_if_it_was_not()
    {
        using var init = NewInit(new Channel(UnixSocket.Pair().One));
        await StoreLifeAsync(
            "c", init.Pid, init.StartTime, "this boot",
            new SignalAsked { At = _at, Signal = 15, Operation = "sent" }, new SignalSent { At = _at, Signal = 15, All = false, Operation = "sent" },
            new SignalAsked { At = _at, Signal = 1, Operation = "asked" });
        Assert.Null((await AskAsync("c", new KillContainer("sent", "TERM", All: false))).Error);
        Assert.Null((await AskAsync("c", new KillContainer("asked", "HUP", All: false))).Error);
        // Were the first one delivered again, it would have come first.
        Assert.Equal("signal: hangup", (await init.EndedAsync()).Describe());
    }

    [Fact]
    public async Task Deletion_that_was_begun_is_finished()
    {
        await StoreLifeAsync("c", int.MaxValue, 1, "this boot", new ContainerExited { At = _at, WaitStatus = 0 }, new ContainerDeleting { At = _at });
        await HappenedAsync<ContainerDeleted>();
        await AwaitAssertAsync(() => AssertNothingLeftAsync("c"), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Deletion_that_the_directory_has_not_heard_of_is_finished()
    {
        await StoreLifeAsync("c", int.MaxValue, 1, "this boot", new ContainerExited { At = _at }, new ContainerDeleting { At = _at }, new ContainerDeleted { At = _at, Operation = "d" });
        await AwaitAssertAsync(() => AssertNothingLeftAsync("c"), TimeSpan.FromSeconds(20));
        Assert.Null((await AskAsync("c", new DeleteContainer("d", Force: false))).Error);
        await CreatedAsync("c");
    }

    [Fact]
    public async Task Name_that_was_stored_before_its_container_is_free_again()
    {
        await StoreAsync("containers", new IncarnationOpened { At = _at, Root = Sandbox.Root, Id = "c", PersistenceId = "container-1", Operation = "o" });
        await AwaitAssertAsync(() => AssertNothingLeftAsync("c"), TimeSpan.FromSeconds(20));
        await CreatedAsync("c");
    }

    [Fact]
    public async Task List_right_after_a_restart_is_complete()
    {
        for (var i = 0; i < 20; i++) await StoreStoppedAsync($"c{i:00}");
        var list = await Containers.Ask<Answer>(new ListContainers(Sandbox.Root, "table", Quiet: true), TimeSpan.FromSeconds(20));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"c{i:00}"), list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private async Task StoreStoppedAsync(string id) => await StoreLifeAsync(id, int.MaxValue, 1, "this boot", new ContainerExited { At = _at });
}
