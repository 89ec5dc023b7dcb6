namespace Anocir.Conformance.Tests.Runtime;

public sealed class OperationTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [InlineData("state")]
    [InlineData("start")]
    [InlineData("kill")]
    [InlineData("delete")]
    [Clause("runtime.md", "operations", Strength.Must, 20)]
    [Clause("runtime.md", "start", Strength.Must, 25)]
    [Clause("runtime.md", "kill", Strength.Must, 28)]
    [Clause("runtime.md", "delete", Strength.Must, 30)]
    public void Operation_without_an_id_is_an_error(string verb)
    {
        runtime.Require();
        Assert.NotEqual(0, runtime.Call(verb).ExitCode);
    }

    [SkippableTheory]
    [InlineData("state")]
    [InlineData("start")]
    [InlineData("kill")]
    [InlineData("delete")]
    [Clause("runtime.md", "operations", Strength.Must, 20)]
    public void Operation_on_an_unknown_container_is_an_error(string verb)
    {
        runtime.Require();
        Assert.NotEqual(0, runtime.Call(verb, "nobody").ExitCode);
    }

    [SkippableFact]
    [Clause("runtime.md", "create", Strength.Must, 21)]
    public void Create_without_an_id_is_an_error()
    {
        using var container = runtime.Container();
        container.Bundle.Save();
        Assert.NotEqual(0, runtime.Call("create", "--bundle", container.Bundle.Directory).ExitCode);
    }

    [SkippableFact]
    [Clause("runtime.md", "create", Strength.Must, 21)]
    public void Create_without_a_bundle_is_an_error()
    {
        using var container = runtime.Container();
        Assert.NotEqual(0, runtime.Call(new Caller(runtime.Scratch.Folder("empty")), "create", container.Id).ExitCode);
        Assert.NotEqual(0, runtime.Call("create", "--bundle", "/not/there", container.Id).ExitCode);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    [Clause("runtime.md", "create", Strength.MustNot, 22)]
    public void Create_with_a_taken_id_makes_no_container()
    {
        using var container = runtime.Running();
        using var second = new Container(runtime, runtime.Container(c => c.Script("echo second")).Bundle, container.Id);
        Assert.NotEqual(0, second.Prepare("create").Run().ExitCode);
        Assert.Equal("running", container.Status);
        Assert.Equal(container.Bundle.Directory, (string?)container.State["bundle"]);
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("../a")]
    [Clause("runtime.md", "create", Strength.Must, 22)]
    public void Create_with_a_bad_id_is_an_error(string id)
    {
        using var container = runtime.Container();
        container.Bundle.Save();
        Assert.NotEqual(0, runtime.Call("create", "--bundle", container.Bundle.Directory, id).ExitCode);
    }

    [SkippableFact]
    [Clause("runtime.md", "create", Strength.Must, 23)]
    public void Properties_are_applied_at_create_and_the_arguments_are_not()
    {
        using var container = runtime.Created(c => c.Set("root.readonly", "true").Set("linux.resources.pids.limit", "77").Set("linux.sysctl", """{"kernel.msgmax":"8191"}"""));
        var pid = container.Pid;
        Assert.Contains("ro", Asking.TopMount(File.ReadAllText($"/proc/{pid}/mountinfo"), "/").Flags);
        Assert.Equal("77", Cgroups.Read(pid, "pids", "pids.max", "pids.max"));
        Assert.Equal("8191", Command.Run("/usr/bin/nsenter", "-t", $"{pid}", "-i", "cat", "/proc/sys/kernel/msgmax").Ok().Text);
        Assert.DoesNotContain("1000", File.ReadAllText($"/proc/{pid}/cmdline"), StringComparison.Ordinal);
    }

    [SkippableFact]
    [Clause("runtime.md", "create", Strength.Must, 24)]
    public void Property_that_cannot_be_applied_is_an_error() =>
        runtime.Refuses(c => c.Set("linux.sysctl", """{"kernel.no_such_key":"1"}"""));

    [SkippableFact]
    [Clause("runtime.md", "start", Strength.Must, 26)]
    public void Start_of_a_running_container_is_an_error_without_effect()
    {
        using var container = runtime.Running();
        var pid = container.Pid;
        Assert.NotEqual(0, container.Start().ExitCode);
        Assert.Equal("running", container.Status);
        Assert.Equal(pid, container.Pid);
    }

    [SkippableFact]
    [Clause("runtime.md", "start", Strength.Must, 26)]
    public void Start_of_a_stopped_container_is_an_error_without_effect()
    {
        using var container = Stopped("echo once");
        Assert.NotEqual(0, container.Start().ExitCode);
        Assert.Equal("stopped", container.Status);
        Assert.Equal("once\n", container.Output);
    }

    [SkippableFact]
    [Clause("runtime.md", "start", Strength.Must, 27)]
    public void Start_runs_the_program_of_the_process()
    {
        using var container = runtime.Container(c => c.Args("/bin/echo", "a b", "", "$c"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForStatus("stopped");
        Assert.Equal("a b  $c\n", container.Output);
    }

    [SkippableFact]
    [Clause("runtime.md", "start", Strength.Must, 27)]
    [Clause("config.md", "process", Strength.Must, 46)]
    public void Start_without_a_process_is_an_error() =>
        runtime.RefusesAtStartAtTheLatest(c => c.Set("process", null));

    [SkippableFact]
    [Clause("runtime.md", "kill", Strength.Must, 28)]
    public void Kill_of_a_stopped_container_is_an_error_without_effect()
    {
        using var container = Stopped("true");
        Assert.NotEqual(0, container.Kill("KILL").ExitCode);
        Assert.Equal("stopped", container.Status);
    }

    [SkippableTheory]
    [InlineData("HUP")]
    [InlineData("INT")]
    [InlineData("USR1")]
    [InlineData("USR2")]
    [InlineData("TERM")]
    [InlineData("CONT")]
    [InlineData("WINCH")]
    [Clause("runtime.md", "kill", Strength.Must, 29)]
    public void Kill_sends_the_signal_to_the_container_process(string signal)
    {
        using var container = runtime.Container(c => c.Script($"trap 'echo got {signal}' {signal}; echo ready; while :; do sleep 0.02; done"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("ready");
        container.Kill(signal).Ok();
        container.WaitForOutput($"got {signal}");
    }

    [SkippableFact]
    [Clause("runtime.md", "kill", Strength.Must, 29)]
    public void Kill_reaches_a_container_that_is_only_created()
    {
        using var container = runtime.Created();
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
    }

    [SkippableFact]
    [Clause("runtime.md", "delete", Strength.Must, 30)]
    public void Delete_of_a_running_container_is_an_error_without_effect()
    {
        using var container = runtime.Running();
        Assert.NotEqual(0, container.Delete().ExitCode);
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    [Clause("runtime.md", "delete", Strength.Must, 30)]
    public void Delete_of_a_container_that_is_only_created_is_an_error() =>
        Known.Departure("engines delete created containers, as runc lets them", () =>
        {
            using var container = runtime.Created();
            Assert.NotEqual(0, container.Delete().ExitCode);
            Assert.Equal("created", container.Status);
        });

    [SkippableFact]
    [Clause("runtime.md", "delete", Strength.Must, 31)]
    public void Delete_removes_what_create_made()
    {
        using var container = Stopped("true");
        container.Delete().Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    [Clause("runtime.md", "delete", Strength.MustNot, 31)]
    public void Delete_leaves_what_others_made()
    {
        using var container = runtime.Container();
        var data = runtime.Scratch.Folder("data", container.Id);
        File.WriteAllText($"{data}/file", "kept");
        container.Bundle.Config.Mount("/mnt", "none", data, "rbind");
        container.Run().Ok();
        Assert.Equal("kept", File.ReadAllText($"{data}/file"));
        Assert.True(File.Exists(container.Bundle.InRootfs("/bin/busybox")));
        Assert.True(File.Exists(container.Bundle.ConfigFile));
    }

    [SkippableFact]
    [Clause("runtime.md", "delete", Strength.May, 32)]
    public void Id_can_be_used_again_after_delete()
    {
        using var container = Stopped("echo again");
        container.Delete().Ok();
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForStatus("stopped");
        Assert.Equal("again\n", container.Output);
    }

    private Container Stopped(string script)
    {
        var container = runtime.Container(c => c.Script(script));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForStatus("stopped");
        return container;
    }
}
