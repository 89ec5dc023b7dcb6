using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Anocir.Actors.Hooks;
using Anocir.Platform.Oci;
using Xunit;
using Process = System.Diagnostics.Process;

namespace Anocir.Actors.Tests.Hooks;

public sealed class HookRunnerTests : TestKit
{
    private readonly string _directory = Files.NewDirectory().FullName;
    private readonly PollReactor _reactor = new();
    private readonly IActorRef _runner;

    public HookRunnerTests() : base(ConfigurationFactory.ParseString("akka.loglevel = OFF").WithFallback(Files.Hocon("supervisor.conf"))) =>
        _runner = Runner(new HookLimits(TimeSpan.FromSeconds(60), 16384));

    protected override void AfterAll()
    {
        base.AfterAll();
        _reactor.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Hook_gets_exactly_its_arguments_its_environment_the_bundle_and_the_state()
    {
        var shell = Shell("cat; echo; echo $0 $1 \"$2\"; pwd; tr '\\0' '\\n' < /proc/$$/environ", "first", "se cond") with
        {
            Args = ["libnetwork-setkey", "-c", "cat; echo; echo \"$0|$1|$2\"; pwd; tr '\\0' ';' < /proc/$$/environ", "zero", "first", "se cond"],
            Env = ["A=1", "B=x y"],
        };
        var finished = await RunAsync(HookKind.Prestart, "{\"id\":\"c\"}", shell);
        Assert.Null(finished.Failure);
        var result = Assert.Single(finished.Results);
        Assert.Equal($"{{\"id\":\"c\"}}\nzero|first|se cond\n{_directory}\nA=1;B=x y;", result.Output);
        Assert.Equal(("/bin/sh", 0, HookKind.Prestart), (result.Path, result.Index, result.Kind));
    }

    [Fact]
    public async Task First_argument_is_given_as_it_is_and_the_path_is_what_runs()
    {
        var finished = await RunAsync(HookKind.Prestart, "{}", new Hook { Path = "/bin/sh", Args = ["libnetwork-setkey", "-c", "tr '\\0' ' ' < /proc/$$/cmdline"] });
        Assert.StartsWith("libnetwork-setkey -c ", Assert.Single(finished.Results).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hook_without_arguments_and_environment_has_its_path_as_name_and_nothing_else()
    {
        var script = Script("tr '\\0' ' ' < /proc/$$/environ > out");
        Assert.Null((await RunAsync(HookKind.Poststart, "{}", new Hook { Path = script })).Failure);
        Assert.Equal("", await File.ReadAllTextAsync(Path.Combine(_directory, "out")));
        Assert.Equal($"{script}\n", Assert.Single((await RunAsync(HookKind.Poststart, "{}", new Hook { Path = Script("echo $0") })).Results).Output.Replace("hook-2", "hook-1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Path_through_proc_is_run_as_the_kernel_resolves_it()
    {
        // As Docker's network hook: /proc/DOCKERD/exe.
        using var process = Process.Start(new ProcessStartInfo("/bin/sleep", ["60"]))!;
        try
        {
            var finished = await RunAsync(HookKind.Prestart, "{}", new Hook { Path = $"/proc/{process.Id}/exe", Args = ["sleep", "0"] });
            Assert.Null(finished.Failure);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Failure_has_the_text_that_engines_know_and_ends_the_list()
    {
        var finished = await RunAsync(HookKind.CreateRuntime, "{}", Shell("true"), Shell("echo out; echo err >&2; exit 3"), Shell("touch ran"));
        Assert.Equal("error running createRuntime hook #1: exit status 3, stdout: out\n, stderr: err\n", finished.Failure);
        Assert.Equal(2, finished.Results.Count);
        Assert.Equal("out\nerr\n", finished.Results[1].Output);
        Assert.False(File.Exists(Path.Combine(_directory, "ran")));
    }

    [Fact]
    public async Task Poststop_hooks_run_all_and_their_failures_are_warnings()
    {
        var finished = await RunAsync(HookKind.Poststop, "{}", Shell("exit 1"), Shell("touch ran"), Shell("kill -9 $$"));
        Assert.Null(finished.Failure);
        Assert.Equal(["exit status 1, stdout: , stderr: ", null, "signal: killed, stdout: , stderr: "], finished.Results.Select(r => r.Failure));
        Assert.Equal("error running poststop hook #2: signal: killed, stdout: , stderr: ", finished.Results[2].Describe());
        Assert.True(File.Exists(Path.Combine(_directory, "ran")));
    }

    [Theory]
    [InlineData("/nonexistent/hook", "ENOENT (no such file or directory)")]
    [InlineData("/etc/passwd", "EACCES (permission denied)")]
    public async Task Hook_that_cannot_be_started_says_why(string path, string reason)
    {
        var finished = await RunAsync(HookKind.Prestart, "{}", new Hook { Path = path });
        Assert.Equal($"error running prestart hook #0: exec {path} in {_directory}: {reason}", finished.Failure);
    }

    [Fact]
    public async Task Argument_with_a_zero_byte_is_refused_and_not_cut()
    {
        var finished = await RunAsync(HookKind.Prestart, "{}", new Hook { Path = "/bin/true", Args = ["true", "a\0b"] });
        Assert.Equal("error running prestart hook #0: \"a\\0b\" contains a zero byte", finished.Failure);
    }

    [Fact]
    public async Task Hook_that_ignores_a_large_state_succeeds()
    {
        var state = "{\"annotations\":\"" + new string('x', 1 << 20) + "\"}";
        Assert.Null((await RunAsync(HookKind.Prestart, state, Shell("true"), Shell("exec <&-; true"))).Failure);
        var finished = await RunAsync(HookKind.Prestart, state, Shell("cat | wc -c"), Shell("cat /dev/stdin | wc -c"));
        Assert.All(finished.Results, r => Assert.Equal(state.Length.ToString(CultureInfo.InvariantCulture), r.Output.Trim()));
    }

    [Fact]
    public async Task Output_beyond_the_limit_is_dropped_and_does_not_stop_the_hook()
    {
        var runner = Runner(new HookLimits(TimeSpan.FromSeconds(60), 100));
        var finished = await RunAsync(runner, HookKind.Prestart, "{}", Shell("head -c 3000000 /dev/zero | tr '\\0' x; echo end >&2"));
        Assert.Null(finished.Failure);
        Assert.Equal(new string('x', 100) + "[... 2999900 more bytes]end\n", Assert.Single(finished.Results).Output);
    }

    [Fact]
    public async Task Hook_beyond_its_timeout_is_killed_with_its_group()
    {
        var hook = Shell("sleep 300 & echo $!; wait") with { Timeout = 1 };
        var watch = Stopwatch.StartNew();
        var finished = await RunAsync(HookKind.Prestart, "{}", hook, Shell("touch ran"));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.9, 20);
        var pid = Assert.Single(finished.Results).Output.Trim();
        Assert.Equal($"error running prestart hook #0: killed at its time limit of 1 s, stdout: {pid}\n, stderr: ", finished.Failure);
        Assert.True(finished.Results[0].Duration >= TimeSpan.FromSeconds(0.9));
        await AwaitConditionAsync(() => Task.FromResult(!Running(pid)), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Hook_without_a_timeout_has_the_default_one()
    {
        var finished = await RunAsync(Runner(new HookLimits(TimeSpan.FromMilliseconds(200), 100)), HookKind.Poststart, "{}", Shell("sleep 300"));
        Assert.Equal("error running poststart hook #0: killed at its time limit of 0.2 s, stdout: , stderr: ", finished.Failure);
    }

    [Fact]
    public async Task Hook_that_leaves_a_daemon_with_its_output_open_ends_when_it_ends()
    {
        var watch = Stopwatch.StartNew();
        var finished = await RunAsync(HookKind.Prestart, "{}", Shell("sleep 300 & echo $!"));
        var pid = Assert.Single(finished.Results).Output.Trim();
        try
        {
            Assert.Null(finished.Failure);
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
            Assert.True(Running(pid));
        }
        finally
        {
            using var daemon = Process.GetProcessById(int.Parse(pid, CultureInfo.InvariantCulture));
            daemon.Kill();
        }
    }

    [Fact]
    public async Task Hook_inherits_no_descriptor_no_mask_and_no_ignored_signal_and_leads_its_group()
    {
        // Not close-on-exec, as a careless parent leaves them: an inherited descriptor of the test itself.
        using var inherited = new InheritableFile();
        var finished = await RunAsync(
            HookKind.Prestart,
            "{}",
            Shell("grep -E '^Sig(Blk|Ign)' /proc/self/status; i=0; while [ $i -lt 400 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done; echo group $(cut -d' ' -f5 /proc/$$/stat) $$"));
        var lines = Assert.Single(finished.Results).Output.TrimEnd().Split('\n');
        Assert.Equal(["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", "0", "1", "2"], lines[..^1]);
        var group = lines[^1].Split(' ');
        Assert.Equal(group[2], group[1]);
    }

    [Fact]
    public async Task Request_during_another_is_answered_after_it()
    {
        _runner.Tell(new RunHooks(HookKind.Prestart, [Shell("sleep 0.3; echo one >> order")], "{}", _directory));
        _runner.Tell(new RunHooks(HookKind.Poststop, [Shell("echo two >> order")], "{}", _directory));
        Assert.Equal(HookKind.Prestart, (await ExpectMsgAsync<HooksFinished>(TimeSpan.FromSeconds(20))).Kind);
        Assert.Equal(HookKind.Poststop, (await ExpectMsgAsync<HooksFinished>(TimeSpan.FromSeconds(20))).Kind);
        Assert.Equal("one\ntwo\n", await File.ReadAllTextAsync(Path.Combine(_directory, "order")));
    }

    [Fact]
    public async Task Runner_that_is_stopped_kills_its_hook_and_leaves_no_zombie()
    {
        _runner.Tell(new RunHooks(HookKind.Prestart, [Shell("echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 300")], "{}", _directory));
        var path = Path.Combine(_directory, "pid");
        await AwaitConditionAsync(() => Task.FromResult(File.Exists(path)), TimeSpan.FromSeconds(20));
        var pid = (await File.ReadAllTextAsync(path)).Trim();
        Assert.True(Running(pid));
        await WatchAsync(_runner);
        Sys.Stop(_runner);
        await ExpectTerminatedAsync(_runner);
        await AwaitConditionAsync(() => Task.FromResult(!Directory.Exists($"/proc/{pid}")), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Empty_list_is_finished_at_once()
    {
        var finished = await RunAsync(HookKind.CreateRuntime, "{}");
        Assert.Null(finished.Failure);
        Assert.Empty(finished.Results);
    }

    [Fact]
    public async Task Many_hooks_leave_no_descriptor_no_watch_and_no_zombie()
    {
        await RunAsync(HookKind.Prestart, "{}", Shell("true"));
        var before = Directory.GetFiles("/proc/self/fd").Length;
        var finished = await RunAsync(HookKind.Prestart, "{}", [.. Enumerable.Repeat(Shell("echo a; echo b >&2"), 100)]);
        Assert.Null(finished.Failure);
        Assert.All(finished.Results, r => Assert.Equal("a\nb\n", r.Output));
        Assert.Equal(0, _reactor.Watches);
        // Other tests of this process open files too; a leak would be at least a hundred.
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 80);
    }

    [Fact]
    public async Task Result_becomes_the_event_to_persist()
    {
        var result = Assert.Single((await RunAsync(HookKind.StartContainer, "{}", Shell("echo hi; exit 4"))).Results);
        var e = result.ToEvent();
        Assert.Equal(("startContainer", 0, "/bin/sh", "hi\n", "exit status 4, stdout: hi\n, stderr: "), (e.Kind, e.Index, e.Path, e.Output, e.Failure));
        Assert.InRange(e.Milliseconds, 0.01, 60000);
        Assert.InRange(e.At, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
    }

    private static Hook Shell(string script, params string[] arguments) =>
        new() { Path = "/bin/sh", Args = ["sh", "-c", script, .. arguments], Env = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] };

    private static bool Running(string pid) =>
        File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].StartsWith(" Z", StringComparison.Ordinal);

    private int _scripts;

    private string Script(string text)
    {
        var path = Path.Combine(_directory, $"hook-{++_scripts}");
        File.WriteAllText(path, "#!/bin/sh\nPATH=/usr/bin:/bin\n" + text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private IActorRef Runner(HookLimits limits) => Sys.ActorOf(HookRunner.Props(_reactor, limits));

    private Task<HooksFinished> RunAsync(HookKind kind, string state, params Hook[] hooks) => RunAsync(_runner, kind, state, hooks);

    private Task<HooksFinished> RunAsync(IActorRef runner, HookKind kind, string state, params Hook[] hooks) =>
        runner.Ask<HooksFinished>(new RunHooks(kind, hooks, state, _directory), TimeSpan.FromSeconds(60));
}
