using Anocir.Actors.Containers;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Xunit;
using OciHooks = Anocir.Platform.Oci.Hooks;

namespace Anocir.Actors.Tests.Containers;

public sealed class ContainerLifeTests : ContainerTestKit
{
    [Fact]
    public async Task Start_runs_poststart_hooks_and_is_answered_after_them()
    {
        await RunningAsync("c", new OciHooks { Poststart = [Sandbox.Shell("cat > poststart")] });
        Assert.Contains("\"status\":\"running\"", await File.ReadAllTextAsync(Sandbox.InBundle("poststart")), StringComparison.Ordinal);
        Assert.Equal("running", await StatusAsync("c"));
        Assert.Equal(["creating", "spawned", "created", "started", "hook"], await HistoryAsync("c"));
    }

    [Fact]
    public async Task Second_start_is_refused_and_the_same_request_is_answered_again()
    {
        var init = await CreatedAsync("c");
        var operation = NewOperation();
        var caller = Send("c", new StartContainer(operation));
        await init.TakeStartAsync();
        Assert.Equal("cannot start a container that is being started", (await AskAsync("c", new StartContainer(NewOperation()))).Error);
        init.Execute();
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.Null((await AskAsync("c", new StartContainer(operation))).Error);
        Assert.Equal("cannot start an already running container", (await AskAsync("c", new StartContainer(NewOperation()))).Error);
    }

    [Fact]
    public async Task Start_without_a_name_for_the_request_is_no_repeated_one()
    {
        var init = await CreatedAsync("c");
        var caller = Send("c", new StartContainer(""));
        await init.TakeStartAsync();
        init.Execute();
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
        await HappenedAsync<ContainerStarted>();
    }

    [Theory]
    [InlineData(true, "exec /nothing: ENOENT (no such file or directory)")]
    [InlineData(false, "init ended before it ran the user's program")]
    public async Task Start_that_fails_tells_why_and_leaves_a_stopped_container(bool says, string reason)
    {
        var init = await CreatedAsync("c");
        var caller = Send("c", new StartContainer(NewOperation()));
        await init.TakeStartAsync();
        if (says)
        {
            init.Say(FrameKind.Executing);
            init.Say(FrameKind.Failed, new WireWriter().String(reason));
        }

        init.Kill();
        Assert.Equal(reason, (await caller.ExpectMsgAsync<Answer>()).Error);
        await HappenedAsync<ContainerExited>();
        Assert.Equal("stopped", await StatusAsync("c"));
        Assert.Null((await AskAsync("c", new DeleteContainer(NewOperation(), Force: false))).Error);
        await AssertNothingLeftAsync("c");
    }

    [Fact]
    public async Task Program_that_ends_at_once_was_started_once()
    {
        for (var i = 0; i < 15; i++)
        {
            var init = await CreatedAsync("c", new OciHooks { Poststart = [Sandbox.Shell("echo x >> poststart")] });
            var caller = Send("c", new StartContainer(NewOperation()));
            await init.TakeStartAsync();
            init.Execute();
            init.Kill();
            Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
            await HappenedAsync<ContainerExited>();
            Assert.Single((await HistoryAsync("c")), "started");
            Assert.Null((await AskAsync("c", new DeleteContainer(NewOperation(), Force: false))).Error);
        }

        Assert.Equal(15, (await File.ReadAllLinesAsync(Sandbox.InBundle("poststart"))).Length);
    }

    [Fact]
    public async Task End_of_the_container_during_poststart_hooks_keeps_the_start_waiting_for_them()
    {
        var init = await CreatedAsync("c", new OciHooks { Poststart = [Sandbox.Shell("touch begun; while [ ! -e go ]; do sleep 0.05; done")] });
        var caller = Send("c", new StartContainer(NewOperation()));
        await init.TakeStartAsync();
        init.Execute();
        await AwaitConditionAsync(() => Task.FromResult(File.Exists(Sandbox.InBundle("begun"))), TimeSpan.FromSeconds(20));
        init.Kill();
        await HappenedAsync<ContainerExited>();
        await File.WriteAllTextAsync(Sandbox.InBundle("go"), "");
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.Equal("stopped", await StatusAsync("c"));
    }

    [Fact]
    public async Task Deletion_during_poststart_hooks_ends_them_and_answers_both()
    {
        var init = await CreatedAsync("c", new OciHooks { Poststart = [Sandbox.Shell("touch begun; exec sleep 600")], Poststop = [Sandbox.Shell("touch poststop")] });
        var caller = Send("c", new StartContainer(NewOperation()));
        await init.TakeStartAsync();
        init.Execute();
        await AwaitConditionAsync(() => Task.FromResult(File.Exists(Sandbox.InBundle("begun"))), TimeSpan.FromSeconds(20));
        Assert.Null((await AskAsync("c", new DeleteContainer(NewOperation(), Force: true))).Error);
        Assert.Equal("the container was deleted while its hooks ran", (await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.True(File.Exists(Sandbox.InBundle("poststop")));
        await AssertNothingLeftAsync("c");
    }

    [Fact]
    public async Task Failing_poststart_hook_fails_the_start_and_ends_the_container()
    {
        var init = await CreatedAsync("c", new OciHooks { Poststart = [Sandbox.Shell("exit 4")] });
        var caller = Send("c", new StartContainer(NewOperation()));
        await init.TakeStartAsync();
        init.Execute();
        Assert.StartsWith("error running poststart hook #0: exit status 4", (await caller.ExpectMsgAsync<Answer>()).Error, StringComparison.Ordinal);
        await init.EndedAsync();
        await HappenedAsync<ContainerExited>();
    }

    [Fact]
    public async Task Run_that_fails_leaves_nothing_behind()
    {
        var caller = Send("c", NewCreation(startNow: true));
        var init = await LaunchAsync("c", caller);
        init.Say(FrameKind.Ready);
        (await init.HearAsync(FrameKind.Start)).Dispose();
        init.Say(FrameKind.Failed, new WireWriter().String("exec /nothing: ENOENT (no such file or directory)"));
        Assert.Equal("exec /nothing: ENOENT (no such file or directory)", (await caller.ExpectMsgAsync<Answer>()).Error);
        await AssertNothingLeftAsync("c");
    }

    [Fact]
    public async Task Signal_reaches_init_and_is_stored()
    {
        var init = await RunningAsync("c");
        Assert.Null((await AskAsync("c", new KillContainer(NewOperation(), "TERM", All: false))).Error);
        Assert.Equal(15, (await HappenedAsync<SignalSent>()).Signal);
        Assert.Equal("signal: terminated", (await init.EndedAsync()).Describe());
        Assert.Equal(15, (await HappenedAsync<ContainerExited>()).WaitStatus);
        Assert.Equal("container not running", (await AskAsync("c", new KillContainer(NewOperation(), "TERM", All: false))).Error);
        Assert.NotNull((await AskAsync("c", new KillContainer(NewOperation(), "NONSENSE", All: false))).Error);
    }

    [Fact]
    public async Task Signal_to_a_container_that_ends_is_always_answered()
    {
        for (var i = 0; i < 20; i++)
        {
            var init = await RunningAsync("c");
            init.Kill();
            var callers = Enumerable.Range(0, 5).Select(_ => Send("c", new KillContainer(NewOperation(), "KILL", All: false))).ToList();
            foreach (var caller in callers)
            {
                var error = (await caller.ExpectMsgAsync<Answer>()).Error;
                Assert.True(error is null || error.StartsWith("container not running", StringComparison.Ordinal), error);
            }

            Assert.Null((await AskAsync("c", new DeleteContainer(NewOperation(), Force: true))).Error);
        }
    }

    [Fact]
    public async Task Signal_of_the_foreground_after_the_end_does_no_harm()
    {
        var init = await RunningAsync("c");
        var caller = Send("c", new ForwardSignal(10));
        await init.EndedAsync();
        // The signal's own event may come after the end that it brought.
        await AwaitAssertAsync(async () => Assert.Equal(["created", "creating", "exited", "signal", "spawned", "started"], (await HistoryAsync("c")).Order(StringComparer.Ordinal)), TimeSpan.FromSeconds(20));
        Send("c", new ForwardSignal(2), caller);
        Assert.Equal("stopped", await StatusAsync("c"));
        await caller.ExpectNoMsgAsync(TimeSpan.Zero);
        Assert.Equal(6, (await HistoryAsync("c")).Length);
    }

    [Fact]
    public async Task Id_is_free_when_the_answer_to_its_deletion_is_out()
    {
        for (var i = 0; i < 20; i++)
        {
            var init = await CreatedAsync("c");
            Assert.Null((await AskAsync("c", new DeleteContainer(NewOperation(), Force: false))).Error);
            Assert.True(init.HasEnded);
        }
    }

    [Fact]
    public async Task Questions_during_a_deletion_are_all_answered()
    {
        await RunningAsync("c");
        var deletion = Send("c", new DeleteContainer(NewOperation(), Force: true));
        var callers = Enumerable.Range(0, 200).Select(_ => Send("c", new QueryState())).ToList();
        Assert.Null((await deletion.ExpectMsgAsync<Answer>()).Error);
        foreach (var caller in callers) await caller.ExpectMsgAsync<Answer>();
    }

    [Fact]
    public async Task Deletions_at_the_same_time_are_all_answered()
    {
        await RunningAsync("c");
        var deletions = Enumerable.Range(0, 5).Select(_ => Send("c", new DeleteContainer(NewOperation(), Force: true))).ToList();
        foreach (var deletion in deletions) Assert.Null((await deletion.ExpectMsgAsync<Answer>()).Error);
        await AssertNothingLeftAsync("c");
    }

    [Fact]
    public async Task Repeated_deletion_is_answered_as_the_first()
    {
        var init = await RunningAsync("c");
        var operation = NewOperation();
        Assert.Equal("cannot delete container c that is not stopped: running", (await AskAsync("c", new DeleteContainer(operation, Force: false))).Error);
        init.Kill();
        await HappenedAsync<ContainerExited>();
        Assert.Null((await AskAsync("c", new DeleteContainer(operation, Force: false))).Error);
        Assert.Null((await AskAsync("c", new DeleteContainer(operation, Force: false))).Error);
        Assert.Equal("container does not exist", (await AskAsync("c", new DeleteContainer(NewOperation(), Force: false))).Error);
    }

    [Fact]
    public async Task Pause_without_a_freezer_is_refused_with_its_reason()
    {
        await RunningAsync("c");
        Assert.Equal("cannot toggle freezer: cgroups not configured for container", (await AskAsync("c", new PauseContainer())).Error);
        Assert.Equal("container not paused", (await AskAsync("c", new ResumeContainer())).Error);
        Assert.Equal("running", await StatusAsync("c"));
    }
}
