namespace Anocir.Contract.Tests.CommandLine;

/// <summary>Whole lives of containers in the words of each engine: its flags in its order, from its directory.</summary>
public sealed class EngineCallTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Life_as_containerd_and_docker_call_it()
    {
        using var container = runtime.Container(c => c.Script("trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done"));
        container.Bundle.Save();
        var bundle = container.Bundle.Directory;
        string[] global = ["--log", $"{bundle}/log.json", "--log-format", "json"];
        var shim = new Caller(Directory: bundle, GlobalFlags: global);
        var create = runtime.Prepare(shim, "create", "--bundle", bundle, "--pid-file", $"{bundle}/init.pid", container.Id);
        Silent(create.Run());
        Silent(runtime.Call(shim, "start", container.Id));
        Until.True(() => create.Output.Contains("ready", StringComparison.Ordinal), "the program");
        Assert.Equal("running", Status(shim, container.Id));
        Silent(runtime.Call(shim, "pause", container.Id));
        Assert.Equal("paused", Status(shim, container.Id));
        Silent(runtime.Call(shim, "resume", container.Id));
        var pid = int.Parse(File.ReadAllText($"{bundle}/init.pid"), CultureInfo.InvariantCulture);
        Assert.Contains(pid, Pids(shim, container.Id));
        Silent(runtime.Call(shim, "kill", container.Id, "15"));
        Until.True(() => !Processes.Alive(pid), "its end");
        Silent(runtime.Call(shim, "kill", "--all", container.Id, "9"));
        Silent(runtime.Call(shim, "delete", container.Id));
        Silent(runtime.Call(shim, "delete", "--force", container.Id));
        Assert.Empty(runtime.LeftOf(container.Id));
        Assert.DoesNotContain("\"level\":\"error\"", File.Exists($"{bundle}/log.json") ? File.ReadAllText($"{bundle}/log.json") : "", StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Exec_as_containerd_calls_it()
    {
        RuntimeUnderTest.Require("exec");
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        var bundle = container.Bundle.Directory;
        var process = WriteProcess(container, "echo from exec; echo $X >&2; exit 0");
        var shim = new Caller(Directory: bundle, GlobalFlags: ["--log", $"{bundle}/log.json", "--log-format", "json"]);
        var exec = runtime.Prepare(shim, "exec", "--process", process, "--detach", "--pid-file", $"{bundle}/e1.pid", container.Id);
        exec.Run().Ok();
        Until.True(() => exec.Output == "from exec\n" && exec.Error == "42\n", "its output", explain: () => exec.Output + exec.Error);
        Assert.Matches("^[0-9]+$", File.ReadAllText($"{bundle}/e1.pid"));
    }

    [SkippableFact]
    public void Life_as_conmon_and_podman_call_it()
    {
        using var container = runtime.Container(c => c.Script("echo out; exit 0"));
        container.Bundle.Save();
        var (bundle, log) = (container.Bundle.Directory, runtime.Scratch.File("podman", "oci-log"));
        var conmon = new Caller(Directory: bundle, GlobalFlags: ["--log-format=json", "--log", log]);
        var pidFile = runtime.Scratch.File("podman", "pidfile");
        var create = runtime.Prepare(conmon, "create", "--bundle", bundle, "--pid-file", pidFile, container.Id);
        Silent(create.Run());
        var podman = new Caller(Environment: new Dictionary<string, string?> { ["XDG_RUNTIME_DIR"] = "" });
        Silent(runtime.Call(podman, "start", container.Id));
        Until.True(() => create.Output == "out\n", "its output");
        Until.True(() => !Processes.Alive(Processes.FromFile(pidFile)!.Value), "its end");
        Silent(runtime.Call(podman, "delete", "--force", container.Id));
        Assert.Equal("", File.Exists(log) ? File.ReadAllText(log) : "");
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Exec_as_conmon_calls_it_and_its_failure_leaves_no_pid_file()
    {
        RuntimeUnderTest.Require("exec");
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        var (log, pidFile) = (runtime.Scratch.File("conmon", "exec-log"), runtime.Scratch.File("conmon", "exec.pid"));
        var conmon = new Caller(GlobalFlags: ["--log-format=json", "--log", log]);
        var exec = runtime.Prepare(conmon, "exec", "--pid-file", pidFile, "--process", WriteProcess(container, "echo hi"), "--detach", container.Id);
        exec.Run().Ok();
        Until.True(() => exec.Output == "hi\n", "its output");
        File.Delete(pidFile);
        var bad = WriteProcess(container, "");
        File.WriteAllText(bad, File.ReadAllText(bad).Replace("/bin/sh", "/bin/nothere", StringComparison.Ordinal));
        Assert.NotEqual(0, runtime.Call(conmon, "exec", "--pid-file", pidFile, "--process", bad, "--detach", container.Id).ExitCode);
        Assert.False(File.Exists(pidFile));
        Assert.Contains("no such file or directory", ErrorLine.MessageOfJson(File.ReadAllText(log)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Life_as_buildah_calls_it()
    {
        using var container = runtime.Container(c => c.Script("exit 4"));
        container.Bundle.Save();
        var bundle = container.Bundle.Directory;
        using var buildah = Subreaper.Start(runtime, "buildah", "create", "--bundle", bundle, "--pid-file", $"{bundle}/pid", "--no-new-keyring", container.Id);
        var pid = int.Parse(File.ReadAllText($"{bundle}/pid").Trim(), CultureInfo.InvariantCulture);
        Silent(runtime.Call("start", container.Id));
        Assert.Equal(4 << 8, buildah.StatusOf(pid));
        Until.True(() => (string?)JsonNode.Parse(runtime.Call("state", container.Id).Ok().Output)!["status"] == "stopped", "the state stopped");
        Silent(runtime.Call("delete", container.Id));
    }

    [SkippableFact]
    public void Exec_as_cri_o_calls_it_in_the_foreground()
    {
        RuntimeUnderTest.Require("exec");
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        var result = runtime.Call(new Caller(Input: "typed\n"), "exec", "--process", WriteProcess(container, "read x; echo \"<$x>\"; exit 9"), container.Id);
        result.Exits(9).Prints("<typed>");
    }

    [SkippableFact]
    public void Update_as_engines_call_it()
    {
        RuntimeUnderTest.Require("update");
        using var container = runtime.Container(c => c.Args("sleep", "1000").Set("linux.resources.pids.limit", "100"));
        container.Create().Ok();
        const string Resources = """{"pids":{"limit":77}}""";
        var file = runtime.Scratch.File("resources.json");
        File.WriteAllText(file, Resources.Replace("77", "78", StringComparison.Ordinal));
        Silent(runtime.Call(new Caller(Input: Resources), "update", "--resources", "-", container.Id));
        Assert.Equal("77", Limit());
        Silent(runtime.Call($"update", $"--resources={file}", container.Id));
        Assert.Equal("78", Limit());
        Silent(runtime.Call(new Caller(Input: Resources), "update", "--resources=-", container.Id));
        Assert.Equal("77", Limit());

        string Limit() => Cgroups.Read(container.Pid, "pids", "pids.max", "pids.max");
    }

    [SkippableFact]
    public void Ps_as_go_runc_calls_it_with_its_options_in_one_argument()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var table = runtime.Call("ps", "--format", "table", container.Id, "-o pid,ppid").Ok();
        Assert.Matches("^ *PID +PPID$", table.Lines[0]);
        Assert.StartsWith(container.Pid.ToString(CultureInfo.InvariantCulture), table.Lines[1].TrimStart(), StringComparison.Ordinal);
    }

    private static void Silent(CommandResult result) => Assert.Equal("", result.Ok().Output + result.Error);

    private string Status(Caller caller, string id) => (string)JsonNode.Parse(runtime.Call(caller, "state", id).Ok().Output)!["status"]!;

    private int[] Pids(Caller caller, string id) => [.. JsonNode.Parse(runtime.Call(caller, "ps", "--format", "json", id).Ok().Output)!.AsArray().Select(n => (int)n!)];

    private static string WriteProcess(Container container, string script)
    {
        var process = container.Bundle.Config["process"]!.DeepClone().AsObject();
        process["args"] = new JsonArray("/bin/sh", "-c", script);
        process["env"] = new JsonArray("PATH=/bin", "X=42");
        var file = Path.Combine(container.Bundle.Directory, $"process{Guid.NewGuid():N}.json");
        File.WriteAllText(file, process.ToJsonString());
        return file;
    }
}
