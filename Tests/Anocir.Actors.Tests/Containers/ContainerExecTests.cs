using Akka.TestKit;
using Anocir.Actors.Containers;
using Anocir.Actors.Tests.Consoles;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Xunit;
using PlatformSys = Anocir.Platform.Syscalls.Sys;

namespace Anocir.Actors.Tests.Containers;

/// <summary>Further processes of a container, for which the test is caller and process.</summary>
public sealed class ContainerExecTests : ContainerTestKit
{
    [Fact]
    public async Task Process_that_runs_is_told_with_its_pid_and_its_end_is_stored()
    {
        await RunningAsync("c");
        var (process, _) = await BegunAsync();
        process.Kill();
        var ended = await HappenedAsync<ExecExited>();
        Assert.Equal((1, (int?)9), (ended.Number, ended.WaitStatus));
        Assert.Equal(["creating", "spawned", "created", "started", "exec", "exec"], await HistoryAsync("c"));
        Assert.Equal("running", await StatusAsync("c"));
    }

    [Fact]
    public async Task Plan_is_what_was_asked_for()
    {
        await RunningAsync("c");
        var caller = Exec(new ExecOptions { Args = ["ls", "-l"], Cwd = "/tmp", User = "5:6", Env = ["A=1"], Foreground = true });
        var (process, plan) = await LaunchAsync(caller);
        Assert.Equal(["ls", "-l"], plan.Process.Args);
        Assert.Equal(("/tmp", 5u, 6u), (plan.Process.Cwd, plan.Process.Uid, plan.Process.Gid));
        Assert.Contains("A=1", plan.Process.Env);
        process.Kill();
    }

    [Theory]
    [InlineData("ordered")]
    [InlineData("launched")]
    public async Task Caller_that_ends_before_the_program_runs_takes_the_process_with_it(string phase)
    {
        await RunningAsync("c");
        var caller = Exec();
        FakeInit? process = null;
        if (phase == "ordered") (await caller.ExpectMsgAsync<LaunchOrder>()).Dispose();
        else (process, _) = await LaunchAsync(caller);
        Send("c", new CallerGone(), caller);
        if (process is not null) Assert.Equal("signal: killed", (await process.EndedAsync()).Describe());
        Assert.Equal("running", await StatusAsync("c"));
        Assert.Equal(["creating", "spawned", "created", "started"], await HistoryAsync("c"));
        await BegunAsync();
    }

    [Fact]
    public async Task Caller_that_ends_while_the_program_runs_leaves_it_alone()
    {
        await RunningAsync("c");
        var (process, caller) = await BegunAsync();
        Send("c", new CallerGone(), caller);
        Assert.Equal("running", await StatusAsync("c"));
        Assert.False(process.HasEnded);
        process.Kill();
        Assert.Equal(9, (await HappenedAsync<ExecExited>()).WaitStatus);
    }

    [Fact]
    public async Task Launch_that_fails_is_told_with_its_reason()
    {
        await RunningAsync("c");
        var caller = Exec();
        (await caller.ExpectMsgAsync<LaunchOrder>()).Dispose();
        Send("c", new LaunchFailed("clone init: EAGAIN (resource temporarily unavailable)"), caller);
        Assert.Equal("clone init: EAGAIN (resource temporarily unavailable)", (await caller.ExpectMsgAsync<Answer>()).Error);
    }

    [Fact]
    public async Task Reason_of_a_process_that_ends_at_once_is_told_and_not_its_end()
    {
        await RunningAsync("c");
        for (var i = 0; i < 20; i++)
        {
            var caller = Exec();
            var (process, _) = await LaunchAsync(caller);
            process.Say(FrameKind.Failed, new WireWriter().String("exec: \"x\": executable file not found in $PATH"));
            process.Kill();
            Assert.Equal("unable to start container process: exec: \"x\": executable file not found in $PATH", (await caller.ExpectMsgAsync<Answer>()).Error);
        }

        Assert.Equal("running", await StatusAsync("c"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Program_that_ends_at_once_has_run(bool deadBeforeItIsHeard)
    {
        await RunningAsync("c");
        for (var i = 0; i < 20; i++)
        {
            var caller = Exec();
            var (process, _) = await LaunchAsync(caller);
            if (deadBeforeItIsHeard)
            {
                process.Say(FrameKind.Executing);
                process.Kill();
                process.Channel.Dispose();
            }
            else
            {
                process.Execute();
                process.Kill();
            }

            Assert.Equal(new Answer(null, "", process.Pid).Pid, (await caller.ExpectMsgAsync<Answer>()).Pid);
            Assert.Equal(i + 1, (await HappenedAsync<ExecExited>()).Number);
        }
    }

    [Fact]
    public async Task Process_that_ends_without_a_word_fails()
    {
        await RunningAsync("c");
        var caller = Exec();
        var (process, _) = await LaunchAsync(caller);
        process.Channel.Dispose();
        Assert.Equal("the process ended before it ran the user's program", (await caller.ExpectMsgAsync<Answer>()).Error);
        await process.EndedAsync();
    }

    [Fact]
    public async Task Process_that_is_not_ready_in_time_is_killed()
    {
        await RunningAsync("c");
        Services = Services with { Settings = Services.Settings with { Lifecycle = Services.Settings.Lifecycle with { CreateTimeout = TimeSpan.FromMilliseconds(200) } } };
        await RestartAsync();
        var caller = Exec();
        var (process, _) = await LaunchAsync(caller);
        Assert.Equal("the process was not ready in time", (await caller.ExpectMsgAsync<Answer>()).Error);
        await process.EndedAsync();
    }

    [Fact]
    public async Task Frame_that_cannot_be_read_is_answered_and_the_container_goes_on()
    {
        await RunningAsync("c");
        var caller = Exec();
        var (process, _) = await LaunchAsync(caller);
        process.Say(FrameKind.Failed);
        Assert.Equal("the exec's actor has ended; the supervisor's log says why", (await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.Equal("running", await StatusAsync("c"));
        await BegunAsync();
    }

    [Fact]
    public async Task Container_that_does_not_run_is_refused_in_the_usual_words()
    {
        Assert.Equal("container does not exist", (await Exec().ExpectMsgAsync<Answer>()).Error);
        var creation = Send("c", NewCreation());
        var half = await LaunchAsync("c", creation);
        Assert.Equal("cannot exec in a container that is being created", (await Exec().ExpectMsgAsync<Answer>()).Error);
        half.Kill();
        await creation.ExpectMsgAsync<Answer>();
        var init = await RunningAsync("c");
        init.Kill();
        await HappenedAsync<ContainerExited>();
        Assert.Equal("cannot exec in a stopped container", (await Exec().ExpectMsgAsync<Answer>()).Error);
    }

    [Fact]
    public async Task Descriptors_of_a_refused_exec_are_closed()
    {
        using var file = PlatformSys.Open("/dev/null", PlatformSys.ORdWr);
        var (inside, outside) = (PlatformSys.Duplicate(file), PlatformSys.Duplicate(file));
        var caller = Send("c", new ExecProcess(new ExecOptions { Args = ["true"], Foreground = true }, null, null, inside, outside));
        await caller.ExpectMsgAsync<Answer>();
        Assert.True(inside.IsClosed && outside.IsClosed);
    }

    [Fact]
    public async Task Created_container_takes_an_exec()
    {
        await CreatedAsync("c");
        await BegunAsync();
        Assert.Equal("created", await StatusAsync("c"));
    }

    [Fact]
    public async Task Numbers_go_on_after_a_restart()
    {
        await RunningAsync("c");
        await BegunAsync();
        await BegunAsync();
        await RestartAsync();
        Assert.Equal("running", await StatusAsync("c"));
        await BegunAsync();
        var numbers = new List<int>();
        while (numbers.Count < 3) numbers.Add((await HappenedAsync<ExecStarted>()).Number);
        Assert.Equal([1, 2, 3], numbers);
    }

    [Fact]
    public async Task Execs_beyond_the_bound_are_told_and_not_stored()
    {
        using var init = NewInit(new Channel(UnixSocket.Pair().One), sealedExecutable: false);
        StoredConfig = System.Text.Encoding.UTF8.GetString(Sandbox.ConfigJson());
        var at = DateTimeOffset.UnixEpoch;
        await StoreLifeAsync("c", init.Pid, init.StartTime, "this boot",
            new ContainerStarted { At = at, Operation = "s" }, new ExecStarted { At = at, Number = 1000, Pid = 5, StartTime = 5, Args = ["x"] });
        Assert.Equal("running", await StatusAsync("c"));
        var before = await HistoryAsync("c");
        await BegunAsync();
        Assert.Equal(1001, (await Happened.FishForMessageAsync<ContainerHappened>(h => h.Event is ExecStarted { Number: > 1 }, TimeSpan.FromSeconds(20))).Event is ExecStarted e ? e.Number : 0);
        Assert.Equal(before, await HistoryAsync("c"));
    }

    [Fact]
    public async Task Terminal_is_relayed_once_the_caller_has_told_its_size()
    {
        await RunningAsync("c");
        using var terminal = new PseudoTerminal();
        using var input = Pipe.New();
        using var output = Pipe.New();
        var options = new ExecOptions { Args = ["sh"], Terminal = true, Foreground = true };
        var caller = Send("c", new ExecProcess(options, null, null, PlatformSys.Duplicate(input.Read), PlatformSys.Duplicate(output.Write)));
        var (process, plan) = await LaunchAsync(caller);
        Assert.True(plan.Process.Terminal);
        process.Say(FrameKind.Console, null, PlatformSys.Duplicate(terminal.Master));
        (await caller.ExpectMsgAsync<ConsoleOpened>()).Master.Dispose();
        PlatformSys.WriteAll(terminal.Slave, "early\n"u8, "the terminal");
        Send("c", new ResizeConsole(12, 34), caller);
        var buffer = new byte[64];
        var length = await Task.Run(() => PlatformSys.Read(output.Read, buffer, "the output")).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("early\n", System.Text.Encoding.UTF8.GetString(buffer, 0, length));
        process.Execute();
        await caller.ExpectMsgAsync<Answer>();
        Send("c", new DrainConsole(), caller);
        terminal.Dispose();
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
    }

    [Fact]
    public async Task Descriptors_go_with_the_session()
    {
        await RunningAsync("c");
        int Count() => Directory.GetFiles("/proc/self/fd").Length;
        await EndedExecAsync();
        var before = Count();
        for (var i = 0; i < 20; i++) await EndedExecAsync();
        await AwaitConditionAsync(() => Task.FromResult(Count() <= before + 4), TimeSpan.FromSeconds(20));
    }

    private async Task EndedExecAsync()
    {
        var (process, caller) = await BegunAsync();
        process.Kill();
        await HappenedAsync<ExecExited>();
        Send("c", new CallerGone(), caller);
        await process.EndedAsync();
        process.Dispose();
    }

    private TestProbe Exec(ExecOptions? options = null) => Send("c", new ExecProcess(options ?? new ExecOptions { Args = ["true"], Foreground = true }, null, null, null, null));

    private async Task<(FakeInit Process, ExecPlan Plan)> LaunchAsync(TestProbe caller)
    {
        var order = await caller.ExpectMsgAsync<LaunchOrder>();
        Assert.True(order.Ticket.Exec);
        foreach (var descriptor in order.Descriptors.Skip(1)) descriptor.Dispose();
        var process = NewInit(new Channel(order.Descriptors[0]));
        Send("c", new InitLaunched(process.Pid, process.Pidfd()), caller);
        using var plan = await process.HearAsync(FrameKind.Plan);
        return (process, ExecPlan.Read(plan.Reader()));
    }

    /// <summary>A process whose program runs.</summary>
    private async Task<(FakeInit Process, TestProbe Caller)> BegunAsync()
    {
        var caller = Exec();
        var (process, _) = await LaunchAsync(caller);
        process.Execute();
        var answer = await caller.ExpectMsgAsync<Answer>();
        Assert.Equal((null, process.Pid), (answer.Error, answer.Pid));
        return (process, caller);
    }
}
