namespace Anocir.Conformance.Tests.Config;

/// <summary>Where and when hooks run, and with what. A hook is a script that writes what it finds to a file of the test's own.</summary>
public sealed class HookTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private static readonly string[] Kinds = ["mnt", "uts", "ipc", "net"];

    public static TheoryData<string> All => ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    [SkippableTheory]
    [MemberData(nameof(All))]
    [Clause("config.md", "posix-platform-hooks", Strength.Must, 59)]
    public void Path_that_is_not_absolute_is_an_error(string kind) =>
        RefusesAtTheLatestAtDelete(c => c.Set("hooks", $$"""{"{{kind}}":[{"path":"bin/true"}]}"""));

    [SkippableTheory]
    [InlineData("0")]
    [InlineData("-1")]
    [Clause("config.md", "posix-platform-hooks", Strength.Must, 59)]
    public void Time_limit_that_is_not_positive_is_an_error(string timeout) =>
        runtime.Refuses(c => c.Set("hooks", $$"""{"createRuntime":[{"path":"/bin/true","timeout":{{timeout}}}]}"""));

    [SkippableFact]
    [Clause("config.md", "posix-platform-hooks", Strength.Must, 59)]
    public void Hook_that_takes_longer_than_its_limit_is_ended_and_has_failed() =>
        runtime.Refuses(c => c.Hook("createRuntime", "exec sleep 1000", timeout: 1));

    [SkippableTheory]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [InlineData("poststart")]
    [InlineData("poststop")]
    [Clause("config.md", "posix-platform-hooks", Strength.Must, 60)]
    public void Hooks_run_in_the_order_listed(string kind)
    {
        using var container = runtime.Container();
        var order = Mark(container);
        foreach (var name in new[] { "first", "second", "third" }) container.Bundle.Config.Hook(kind, $"echo {name} >>{order}");
        Through(container);
        Assert.Equal(["first", "second", "third"], File.ReadAllLines(order));
    }

    [SkippableTheory]
    [InlineData("prestart", "creating")]
    [InlineData("createRuntime", "creating")]
    [InlineData("createContainer", "creating")]
    [InlineData("poststart", "running")]
    [InlineData("poststop", "stopped")]
    [Clause("config.md", "posix-platform-hooks", Strength.Must, 61)]
    public void Hook_is_told_the_state_on_its_standard_input(string kind, string status)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000").Set("annotations", """{"a.b":"c"}"""));
        var mark = Mark(container);
        container.Bundle.Config.Hook(kind, $"cat >{mark}");
        Through(container);
        CheckState(File.ReadAllText(mark), container, status);
    }

    [SkippableFact]
    [Clause("config.md", "posix-platform-hooks", Strength.Must, 61)]
    public void Hook_of_start_in_the_container_is_told_the_state_on_its_standard_input()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000").Set("annotations", """{"a.b":"c"}""").Hook("startContainer", "cat >/tmp/state"));
        Through(container);
        CheckState(File.ReadAllText(container.Bundle.InRootfs("/tmp/state")), container, "created");
    }

    [SkippableTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("poststart")]
    [InlineData("poststop")]
    [Clause("config.md", "posix-platform-hooks", Strength.Must, 62)]
    public void Hook_of_the_runtime_runs_in_the_namespaces_of_the_runtime(string kind)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var mark = Mark(container);
        container.Bundle.Config.Hook(kind, $"for n in {string.Join(' ', Kinds)} pid; do readlink /proc/self/ns/$n; done >{mark}");
        Through(container);
        Assert.Equal(Kinds.Append("pid").Select(kind => Processes.Namespace(Environment.ProcessId, kind)), File.ReadAllLines(mark));
    }

    [SkippableFact]
    [Clause("config.md", "createcontainer-hooks", Strength.Must, 63)]
    public void Hook_of_create_in_the_container_runs_in_its_namespaces_by_a_path_of_the_runtime()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var mark = Mark(container);
        var program = Mark(container) + ".sh";
        File.WriteAllText(program, $"#!/bin/sh\nfor n in {string.Join(' ', Kinds)} pid; do readlink /proc/self/ns/$n; done >{mark}\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        container.Bundle.Config.Set("hooks", $$"""{"createContainer":[{"path":"{{program}}","env":["PATH=/usr/bin:/bin"]}]}""");
        container.Create().Ok();
        Assert.Equal(Kinds.Append("pid").Select(kind => Processes.Namespace(container.Pid, kind)), File.ReadAllLines(mark));
    }

    [SkippableFact]
    [Clause("config.md", "startcontainer-hooks", Strength.Must, 64)]
    public void Hook_of_start_in_the_container_runs_in_its_namespaces_by_a_path_of_its_own()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var program = container.Bundle.InRootfs("/usr/only-inside");
        File.WriteAllText(program, $"#!/bin/sh\nfor n in {string.Join(' ', Kinds)} pid; do readlink /proc/self/ns/$n; done >/tmp/seen\nhostname >>/tmp/seen\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        container.Bundle.Config.Set("hooks", """{"startContainer":[{"path":"/usr/only-inside","env":["PATH=/bin"]}]}""");
        container.Create().Ok();
        container.Start().Ok();
        Assert.Equal(Kinds.Append("pid").Select(kind => Processes.Namespace(container.Pid, kind)).Append("plain"),
            File.ReadAllLines(container.Bundle.InRootfs("/tmp/seen")));
    }

    [SkippableTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [Clause("config.md", "createruntime-hooks", Strength.Must, 65)]
    public void Hook_of_create_runs_after_the_namespaces_are_made_and_before_the_root_is_changed(string kind)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var mark = Mark(container);
        // The pid is the first number of the state that has a name "pid" before it.
        container.Bundle.Config.Hook(kind, "pid=$(tr -d ' \\n' | sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); "
            + $"{{ readlink /proc/$pid/ns/mnt; readlink /proc/$pid/ns/uts; stat -L -c %d:%i /proc/$pid/root /; }} >{mark}");
        container.Create().Ok();
        var lines = File.ReadAllLines(mark);
        Assert.Equal(Processes.Namespace(container.Pid, "mnt"), lines[0]);
        Assert.Equal(Processes.Namespace(container.Pid, "uts"), lines[1]);
        Assert.Equal(lines[3], lines[2]);
    }

    [SkippableFact]
    [Clause("config.md", "createcontainer-hooks", Strength.Must, 65)]
    public void Hook_of_create_in_the_container_runs_before_the_root_is_changed()
    {
        using var container = runtime.Created(c => c.Hook("createContainer", $"test -d {runtime.Scratch.Directory}"));
        Assert.Equal("created", container.Status);
    }

    [SkippableFact]
    [Clause("config.md", "startcontainer-hooks", Strength.Must, 66)]
    public void Hook_of_start_in_the_container_runs_before_the_program() =>
        Assert.Equal("hook", runtime.Inside("cat /tmp/mark", c => c.Hook("startContainer", "echo hook >/tmp/mark")));

    [SkippableFact]
    [Clause("config.md", "poststart", Strength.Must, 67)]
    public void Hook_after_start_runs_after_the_program_was_executed_and_before_start_returns()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var mark = Mark(container);
        container.Bundle.Config.Hook("poststart", $"pid=$(tr -d ' \\n' | sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); sleep 0.2; cat /proc/$pid/comm >{mark}");
        container.Create().Ok();
        Assert.False(File.Exists(mark));
        container.Start().Ok();
        Assert.Equal("sleep\n", File.ReadAllText(mark));
    }

    [SkippableFact]
    [Clause("config.md", "poststop", Strength.Must, 68)]
    public void Hook_after_delete_runs_before_delete_returns()
    {
        using var container = runtime.Container();
        var mark = Mark(container);
        container.Bundle.Config.Hook("poststop", $"sleep 0.2; echo ran >{mark}");
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForStatus("stopped");
        Assert.False(File.Exists(mark));
        container.Delete().Ok();
        Assert.Equal("ran\n", File.ReadAllText(mark));
    }

    [SkippableFact]
    [Clause("config.md", "posix-platform-hooks", Strength.Must, 59)]
    public void Hook_has_the_arguments_and_the_environment_configured()
    {
        using var container = runtime.Container();
        var mark = Mark(container);
        container.Bundle.Config.Set("hooks", $$"""
            {"createRuntime":[{"path":"/bin/sh","args":["another-name","-c","tr '\\0' '\\n' </proc/$$/cmdline | head -n 1 >{{mark}}; tr '\\0' '\\n' </proc/$$/environ >>{{mark}}"],"env":["PATH=/usr/bin:/bin","B=2"]}]}
            """);
        container.Create().Ok();
        Assert.Equal(["another-name", "PATH=/usr/bin:/bin", "B=2"], File.ReadAllLines(mark));
    }

    private static void CheckState(string json, Container container, string status)
    {
        var state = JsonNode.Parse(json)!;
        Assert.Equal(container.Id, (string?)state["id"]);
        Assert.Equal(container.Bundle.Directory, (string?)state["bundle"]);
        Assert.Equal("c", (string?)state["annotations"]!["a.b"]);
        Assert.Equal(status, (string?)state["status"]);
        Assert.StartsWith("1.", (string?)state["ociVersion"], StringComparison.Ordinal);
    }

    private static void Through(Container container)
    {
        container.Create().Ok();
        container.Start().Ok();
        if (container.Status == "running") container.Kill("KILL");
        container.WaitForStatus("stopped");
        container.Delete().Ok();
    }

    private void RefusesAtTheLatestAtDelete(Action<JsonObject> edit)
    {
        using var container = runtime.Container(edit);
        if (container.Create().ExitCode != 0 || container.Start().ExitCode != 0) return;
        container.WaitForStatus("stopped");
        Assert.NotEqual(0, container.Delete().ExitCode);
    }

    private string Mark(Container container) => runtime.Scratch.File("marks", container.Id);
}
