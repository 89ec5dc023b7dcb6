using Akka.Actor;
using Anocir.Actors.Containers;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Xunit;
using OciHooks = Anocir.Platform.Oci.Hooks;
using PlatformSys = Anocir.Platform.Syscalls.Sys;

namespace Anocir.Actors.Tests.Containers;

public sealed class ContainerCreationTests : ContainerTestKit
{
    [Fact]
    public async Task Container_whose_init_is_ready_is_created()
    {
        var init = await CreatedAsync("c");
        Assert.Equal("created", await StatusAsync("c"));
        Assert.True(File.Exists(Sandbox.Key("c").Directory + "/state.json"));
        Assert.Equal(["creating", "spawned", "created"], await HistoryAsync("c"));
        Assert.False(init.HasEnded);
    }

    [Theory]
    [InlineData("ordered")]
    [InlineData("launched")]
    [InlineData("mounted")]
    public async Task Caller_that_ends_takes_the_creation_with_it(string phase)
    {
        var caller = Send("c", NewCreation(new OciHooks { Poststop = [Sandbox.Shell("touch poststop")] }));
        FakeInit? init = null;
        if (phase == "ordered") (await caller.ExpectMsgAsync<LaunchOrder>()).Dispose();
        else init = await LaunchAsync("c", caller);
        if (phase == "mounted") init!.Say(FrameKind.RootfsReady);
        Send("c", new CallerGone(), caller);
        Assert.Equal("the caller ended while the container was being created", (await caller.ExpectMsgAsync<Answer>()).Error);
        await AssertNothingLeftAsync("c");
        Assert.Equal("failed", (await HistoryAsync("c"))[^1]);
        Assert.Equal(init is not null, File.Exists(Sandbox.InBundle("poststop")));
        if (init is not null) await init.EndedAsync();
    }

    [Fact]
    public async Task Caller_that_ends_at_once_leaves_nothing_behind()
    {
        for (var i = 0; i < 30; i++)
        {
            var caller = Send("c", NewCreation());
            Send("c", new CallerGone(), caller);
            (await caller.ExpectMsgAsync<LaunchOrder>()).Dispose();
            Assert.NotNull((await caller.ExpectMsgAsync<Answer>()).Error);
            await AssertNothingLeftAsync("c");
        }
    }

    [Fact]
    public async Task Caller_that_ends_while_a_hook_runs_ends_the_hook()
    {
        var caller = Send("c", NewCreation(new OciHooks { Prestart = [Sandbox.Shell("echo $$ > pid.new; mv pid.new pid; exec sleep 600")] }));
        var init = await LaunchAsync("c", caller);
        init.Say(FrameKind.RootfsReady);
        var file = Sandbox.InBundle("pid");
        await AwaitConditionAsync(() => Task.FromResult(File.Exists(file)), TimeSpan.FromSeconds(20));
        using var hook = PlatformSys.TryOpenProcess(int.Parse(await File.ReadAllTextAsync(file), null), out _)!;
        Send("c", new CallerGone(), caller);
        Assert.NotNull((await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.True(PlatformSys.ProcessEnded(hook, 20_000));
        await AssertNothingLeftAsync("c");
    }

    [Fact]
    public async Task Other_connections_with_the_same_name_come_and_go()
    {
        var caller = Send("c", NewCreation());
        var init = await LaunchAsync("c", caller);
        var other = Send("c", new QueryState());
        await other.ExpectMsgAsync<Answer>();
        Send("c", new CallerGone(), other);
        Send("c", new LaunchFailed("not yours"), other);
        init.Say(FrameKind.Ready);
        await init.OutliveAsync();
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
    }

    [Fact]
    public async Task Process_of_a_stranger_is_not_taken_for_init()
    {
        var caller = Send("c", NewCreation());
        var pidfd = PlatformSys.TryOpenProcess(Environment.ProcessId, out _)!;
        Send("c", new InitLaunched(Environment.ProcessId, pidfd));
        var init = await LaunchAsync("c", caller);
        Assert.True(pidfd.IsClosed);
        Assert.Equal(init.Pid, (await HappenedAsync<InitSpawned>()).Pid);
    }

    [Fact]
    public async Task Launch_that_fails_is_told_with_its_reason()
    {
        var caller = Send("c", NewCreation());
        (await caller.ExpectMsgAsync<LaunchOrder>()).Dispose();
        Send("c", new LaunchFailed("clone init: EPERM (operation not permitted)"), caller);
        Assert.Equal("clone init: EPERM (operation not permitted)", (await caller.ExpectMsgAsync<Answer>()).Error);
        await AssertNothingLeftAsync("c");
    }

    [Fact]
    public async Task Reason_of_an_init_that_ends_at_once_is_told_and_not_its_end()
    {
        for (var i = 0; i < 20; i++)
        {
            var caller = Send("c", NewCreation());
            var init = await LaunchAsync("c", caller);
            init.Say(FrameKind.HookReport, new HookReport("createContainer", 0, "/h", 1000, "exit status 1", "").Write(new WireWriter()));
            init.Say(FrameKind.Failed, new WireWriter().String("mount proc on /proc: EPERM (operation not permitted)"));
            init.Kill();
            Assert.EndsWith("mount proc on /proc: EPERM (operation not permitted)", (await caller.ExpectMsgAsync<Answer>()).Error, StringComparison.Ordinal);
            Assert.Equal(["creating", "spawned", "hook", "failed"], await HistoryAsync("c"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Init_that_ends_without_a_word_fails_the_creation(bool mounted)
    {
        var caller = Send("c", NewCreation(new OciHooks { Prestart = [Sandbox.Shell("sleep 600")] }));
        var init = await LaunchAsync("c", caller);
        if (mounted) init.Say(FrameKind.RootfsReady);
        init.Kill();
        Assert.Equal("init ended before the container was ready", (await caller.ExpectMsgAsync<Answer>()).Error);
        await AssertNothingLeftAsync("c");
    }

    [Fact]
    public async Task Silent_init_that_lives_on_is_killed()
    {
        var caller = Send("c", NewCreation());
        var init = await LaunchAsync("c", caller);
        init.Channel.Dispose();
        Assert.Equal("init ended before the container was ready", (await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.Equal("signal: killed", (await init.EndedAsync()).Describe());
    }

    [Fact]
    public async Task Hooks_run_in_order_between_mounts_and_the_rest()
    {
        var caller = Send("c", NewCreation(new OciHooks
        {
            Prestart = [Sandbox.Shell("echo prestart >> log")],
            CreateRuntime = [Sandbox.Shell("echo runtime >> log"), Sandbox.Shell("grep -o '\"status\":\"[a-z]*\"' >> log")],
        }));
        var init = await LaunchAsync("c", caller);
        init.Say(FrameKind.RootfsReady);
        (await init.HearAsync(FrameKind.Continue)).Dispose();
        Assert.Equal("prestart\nruntime\n\"status\":\"creating\"\n", await File.ReadAllTextAsync(Sandbox.InBundle("log")));
        init.Say(FrameKind.Ready);
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.Equal(["creating", "spawned", "hook", "hook", "hook", "created"], await HistoryAsync("c"));
    }

    [Theory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    public async Task Failing_hook_fails_the_creation_and_poststop_hooks_run(string kind)
    {
        IReadOnlyList<Hook> failing = [Sandbox.Shell("echo no >&2; exit 3"), Sandbox.Shell("touch second")];
        var caller = Send("c", NewCreation(new OciHooks
        {
            Prestart = kind == "prestart" ? failing : null,
            CreateRuntime = kind == "prestart" ? [Sandbox.Shell("touch second")] : failing,
            Poststop = [Sandbox.Shell("false"), Sandbox.Shell("touch poststop")],
        }));
        var init = await LaunchAsync("c", caller);
        init.Say(FrameKind.RootfsReady);
        Assert.Equal($"error running {kind} hook #0: exit status 3, stdout: , stderr: no\n", (await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.False(File.Exists(Sandbox.InBundle("second")));
        Assert.True(File.Exists(Sandbox.InBundle("poststop")));
        await AssertNothingLeftAsync("c");
        await init.EndedAsync();
    }

    [Fact]
    public async Task Forced_deletion_ends_a_creation()
    {
        var caller = Send("c", NewCreation());
        var init = await LaunchAsync("c", caller);
        Assert.Equal("cannot delete container c that is not stopped: creating", (await AskAsync("c", new DeleteContainer(NewOperation(), Force: false))).Error);
        Assert.Null((await AskAsync("c", new DeleteContainer(NewOperation(), Force: true))).Error);
        Assert.Equal("the container was deleted while it was being created", (await caller.ExpectMsgAsync<Answer>()).Error);
        await AssertNothingLeftAsync("c");
        await init.EndedAsync();
    }

    [Fact]
    public async Task Creation_that_takes_too_long_is_undone()
    {
        Services = Services with { Settings = Services.Settings with { Lifecycle = Services.Settings.Lifecycle with { CreateTimeout = TimeSpan.FromMilliseconds(200) } } };
        var caller = Send("c", NewCreation());
        var init = await LaunchAsync("c", caller);
        Assert.Equal("the container was not ready in time", (await caller.ExpectMsgAsync<Answer>()).Error);
        await init.EndedAsync();
        await AssertNothingLeftAsync("c");
    }

    [Fact]
    public async Task Time_of_the_runtimes_hooks_does_not_count()
    {
        Services = Services with { Settings = Services.Settings with { Lifecycle = Services.Settings.Lifecycle with { CreateTimeout = TimeSpan.FromSeconds(2) } } };
        var caller = Send("c", NewCreation(new OciHooks { Prestart = [Sandbox.Shell("sleep 3")] }));
        var init = await LaunchAsync("c", caller);
        init.Say(FrameKind.RootfsReady);
        (await init.HearAsync(FrameKind.Continue)).Dispose();
        init.Say(FrameKind.Ready);
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
    }

    [Theory]
    [InlineData("{", "config.json")]
    [InlineData("{\"ociVersion\":\"1.0.0\"}", "root")]
    public async Task Bad_config_is_refused_and_stores_nothing(string json, string reason)
    {
        var (one, other) = UnixSocket.Pair();
        using (other)
        {
            var creation = NewCreation(config: System.Text.Encoding.UTF8.GetBytes(json)) with { ConsoleSocket = one };
            Assert.Contains(reason, (await AskAsync("c", creation)).Error, StringComparison.Ordinal);
            Assert.True(one.IsClosed);
            await AssertNothingLeftAsync("c");
            Assert.Equal("container does not exist", (await Containers.Ask<Answer>(new ReadHistory(Sandbox.Key("c")), TimeSpan.FromSeconds(20))).Error);
        }
    }

    [Fact]
    public async Task Directory_of_another_supervisors_container_is_left_alone()
    {
        var directory = Directory.CreateDirectory(Sandbox.Key("c").Directory);
        await File.WriteAllTextAsync(directory.FullName + "/start.sock", "");
        Assert.Equal("container with given ID already exists", (await AskAsync("c", NewCreation())).Error);
        Assert.True(File.Exists(directory.FullName + "/start.sock"));
    }

    [Fact]
    public async Task Descriptors_of_a_creation_are_closed_when_it_is_over()
    {
        using var input = PlatformSys.Open("/dev/null", PlatformSys.ORdWr);
        var (inside, outside) = (PlatformSys.Duplicate(input), PlatformSys.Duplicate(input));
        var creation = NewCreation() with { TerminalIn = inside, TerminalOut = outside };
        var caller = Send("c", creation);
        var init = await LaunchAsync("c", caller);
        Assert.False(inside.IsClosed);
        init.Say(FrameKind.Ready);
        await init.OutliveAsync();
        await caller.ExpectMsgAsync<Answer>();
        Assert.True(inside.IsClosed && outside.IsClosed);
    }

    [Fact]
    public async Task Frame_that_cannot_be_read_ends_the_creation_and_answers_its_caller()
    {
        // What an init says wrongly is a bug: the actor starts again, and nobody waits in vain.
        var caller = Send("c", NewCreation());
        var init = await LaunchAsync("c", caller);
        init.Say(FrameKind.HookReport);
        Assert.StartsWith("container c: internal error: ", (await caller.ExpectMsgAsync<Answer>()).Error, StringComparison.Ordinal);
        await HappenedAsync<ContainerCreationFailed>();
        await init.EndedAsync();
        await CreatedAsync("another");
        await AwaitAssertAsync(() => AssertNothingLeftAsync("c"));
        await CreatedAsync("c");
    }
}
