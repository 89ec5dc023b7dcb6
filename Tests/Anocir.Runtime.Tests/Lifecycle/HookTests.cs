namespace Anocir.Runtime.Tests.Lifecycle;

/// <summary>The six kinds of hooks: order, namespaces, what they read on stdin, and what a failing one does.</summary>
public sealed class HookTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private static readonly string[] Kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    [SkippableFact]
    public void Hooks_run_in_the_order_of_the_specification_each_at_its_time()
    {
        runtime.RequireAnocir("runc 1.1 writes no state for two of them");
        using var container = runtime.Container(c => c.Script("echo program >>/log; exec sleep 1000"));
        var log = container.Bundle.InRootfs("log");
        File.WriteAllText(log, "");
        foreach (var kind in Kinds)
        {
            // startContainer sees the container's file system, all others the host's.
            var file = kind == "startContainer" ? "/log" : log;
            container.Bundle.Config.Hook(kind, $"echo {kind} 1 >>{file}").Hook(kind, $"echo {kind} 2 >>{file}");
        }

        string[] Logged() => File.ReadAllLines(log);
        container.Create().Ok();
        Assert.Equal(["prestart 1", "prestart 2", "createRuntime 1", "createRuntime 2", "createContainer 1", "createContainer 2"], Logged());
        container.Start().Ok();
        Until.True(() => Logged().Contains("program"), "the program");
        Assert.Equal(["startContainer 1", "startContainer 2"], Logged()[6..8]);
        Assert.Equal(["poststart 1", "poststart 2", "program"], Logged()[8..].Order());
        container.Delete("--force").Ok();
        Assert.Equal(["poststop 1", "poststop 2"], Logged()[11..]);
    }

    [SkippableTheory]
    [InlineData("prestart", "creating", false)]
    [InlineData("createRuntime", "creating", false)]
    [InlineData("createContainer", "creating", true)]
    [InlineData("startContainer", "created", true)]
    [InlineData("poststart", "running", false)]
    [InlineData("poststop", "stopped", false)]
    public void Hook_reads_the_state_on_stdin(string kind, string status, bool inside)
    {
        if (kind == "poststart") runtime.RequireAnocir("runc 1.1 runs it before the program");
        using var container = runtime.Container(c => c.Args("sleep", "1000").Set("annotations", """{"k":"v"}"""));
        var file = container.Bundle.InRootfs("state");
        container.Bundle.Config.Hook(kind, $"cat >{(kind == "startContainer" ? "/state" : file)}");
        container.Create().Ok();
        var pid = container.Pid;
        container.Start().Ok();
        container.Delete("--force").Ok();

        var state = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        Assert.Equal(status, (string?)state["status"]);
        Assert.Equal(container.Id, (string?)state["id"]);
        Assert.Equal(container.Bundle.Directory, (string?)state["bundle"]);
        Assert.Equal("v", (string?)state["annotations"]!["k"]);
        Assert.StartsWith("1.", (string?)state["ociVersion"], StringComparison.Ordinal);
        Assert.Equal(status == "stopped" ? 0 : inside ? 1 : pid, (int?)state["pid"] ?? 0);
    }

    [SkippableTheory]
    [InlineData("prestart", false)]
    [InlineData("createRuntime", false)]
    [InlineData("createContainer", true)]
    [InlineData("startContainer", true)]
    [InlineData("poststart", false)]
    [InlineData("poststop", false)]
    public void Hook_runs_in_its_namespaces(string kind, bool inside)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var file = container.Bundle.InRootfs("ns");
        var script = "for n in mnt uts ipc net pid; do readlink /proc/self/ns/$n; done";
        container.Bundle.Config.Hook(kind, $"({script}) >{(kind == "startContainer" ? "/ns" : file)}");
        container.Create().Ok();
        string[] names = ["mnt", "uts", "ipc", "net", "pid"];
        var expected = names.Select(n => Processes.Namespace(inside ? container.Pid : Environment.ProcessId, n)).ToList();
        container.Start().Ok();
        container.Delete("--force").Ok();
        Assert.Equal(expected, File.ReadAllLines(file));
    }

    [SkippableFact]
    public void Hook_has_its_own_environment_and_arguments_only()
    {
        using var container = runtime.Container();
        var file = container.Bundle.InRootfs("env");
        container.Bundle.Config.Hook("createRuntime", $"echo $0 >{file}; tr '\\0' '\\n' </proc/$$/environ >>{file}", env: ["PATH=/usr/bin:/bin", "X=y z"]);
        container.Prepare("create", new Caller(Environment: new Dictionary<string, string?> { ["SECRET_OF_CALLER"] = "1" })).Run().Ok();
        Assert.Equal(["sh", "PATH=/usr/bin:/bin", "X=y z"], File.ReadAllLines(file));
    }

    [SkippableTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void Failing_hook_of_create_undoes_the_creation(string kind)
    {
        using var container = runtime.Container(c => c.Hook(kind, "exit 0").Hook(kind, "echo the reason >&2; exit 3"));
        var marker = container.Bundle.InRootfs("poststop");
        container.Bundle.Config.Hook("poststop", $"touch {marker}");
        var message = ErrorLine.MessageOf(container.Create().Exits(1));
        Assert.Contains("error running", message, StringComparison.Ordinal);
        if (RuntimeFixture.IsAnocir)
        {
            Assert.Contains($"error running {kind} hook #1: ", message, StringComparison.Ordinal);
            Assert.Contains("exit status 3", message, StringComparison.Ordinal);
            Assert.Contains("the reason", message, StringComparison.Ordinal);
            Assert.True(File.Exists(marker), "poststop hooks did not run");
        }

        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("startContainer")]
    [InlineData("poststart")]
    public void Failing_hook_of_start_fails_start_and_stops_the_container(string kind)
    {
        runtime.RequireAnocir("runc 1.1 runs these hooks in create, or in the container's stderr only");
        using var container = runtime.Container(c => c.Args("sleep", "1000").Hook(kind, "echo the reason >&2; exit 3"));
        container.Create().Ok();
        var start = container.Start().Exits(1);
        if (RuntimeFixture.IsAnocir)
        {
            var message = ErrorLine.MessageOf(start);
            Assert.Contains($"error running {kind} hook #0: ", message, StringComparison.Ordinal);
            Assert.Contains("the reason", message, StringComparison.Ordinal);
        }

        container.WaitForStatus("stopped");
        container.Delete().Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [InlineData("startContainer")]
    [InlineData("poststart")]
    public void Failing_hook_of_run_leaves_nothing_behind(string kind)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000").Hook(kind, "exit 1"));
        if (kind == "startContainer") runtime.RequireAnocir("init of runc 1.1 prints it, which is no line of the log");
        Assert.Contains("error running", ErrorLine.MessageOf(container.Run().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Failing_poststop_hook_is_no_failure_of_delete_and_the_next_still_runs()
    {
        runtime.RequireAnocir("runc 1.1 stops at the first one that fails");
        using var container = runtime.Container(c => c.Hook("poststop", "exit 1"));
        var marker = container.Bundle.InRootfs("second");
        container.Bundle.Config.Hook("poststop", $"touch {marker}");
        container.Create().Ok();
        container.Delete("--force").Ok();
        Assert.True(File.Exists(marker));
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void Hook_over_its_time_limit_is_killed_with_what_it_started(string kind)
    {
        runtime.RequireAnocir("runc ends the hook itself only");
        using var container = runtime.Container();
        var pids = container.Bundle.InRootfs("pids");
        container.Bundle.Config.Hook(kind, $"sleep 600 & echo $! $$ >{pids}; wait", timeout: 1);
        var message = ErrorLine.MessageOf(container.Create().Exits(1));
        Assert.Contains($"error running {kind} hook #0: ", message, StringComparison.Ordinal);
        Assert.Contains(" 1 s", message, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
        // A hook of the container side wrote pids of its pid namespace, which died with it.
        if (kind == "createContainer") return;
        foreach (var pid in File.ReadAllText(pids).Split().Where(p => p.Length > 0))
            Until.True(() => !Processes.Alive(int.Parse(pid, CultureInfo.InvariantCulture)), $"the end of process {pid} of the hook");
    }

    [SkippableFact]
    public void Hook_that_is_not_there_is_named()
    {
        using var container = runtime.Container(c => c.Set("hooks.createRuntime", """[{"path":"/nowhere/hook"}]"""));
        Assert.Contains("/nowhere/hook", ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void Hook_that_closes_its_stdin_does_no_harm(string kind)
    {
        // More state than a pipe holds.
        using var container = runtime.Container(c => c.Set("annotations.big", $"\"{new string('x', 200_000)}\"").Hook(kind, "exec <&-; exit 0"));
        container.Create().Ok();
    }

    [SkippableTheory]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [InlineData("poststart")]
    public void Hook_that_prints_much_does_not_hang(string kind)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000").Hook(kind, "head -c 1000000 /dev/zero; exit 0"));
        container.Create().Ok();
        container.Start().Ok();
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Hook_that_leaves_a_child_behind_does_not_hold_create_up()
    {
        runtime.RequireAnocir("runc waits for the end of the hook's output");
        using var container = runtime.Container();
        var file = container.Bundle.InRootfs("pid");
        container.Bundle.Config.Hook("createRuntime", $"sleep 600 & echo $! >{file}; exit 0");
        container.Create().Ok();
        var pid = Processes.FromFile(file)!.Value;
        Processes.Signal(pid, "KILL");
    }
}
