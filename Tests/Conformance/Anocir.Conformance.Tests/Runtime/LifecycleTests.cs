namespace Anocir.Conformance.Tests.Runtime;

public sealed class LifecycleTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    [Clause("runtime.md", "lifecycle", Strength.Must, 11)]
    public void Environment_that_cannot_be_made_is_an_error() =>
        runtime.Refuses(c => c.Mount("/mnt", "none", "/this/is/not/there", "bind"));

    [SkippableFact]
    [Clause("runtime.md", "lifecycle", Strength.Must, 12)]
    public void Resources_are_there_after_create()
    {
        using var container = runtime.Created(c => c.Mount("/mnt", "tmpfs", "tmpfs", "mode=0711"));
        var pid = container.Pid;
        foreach (var kind in new[] { "mnt", "pid", "net", "ipc", "uts" })
            Assert.NotEqual(Processes.Namespace(Environment.ProcessId, kind), Processes.Namespace(pid, kind));
        Assert.Equal("tmpfs", Asking.TopMount(File.ReadAllText($"/proc/{pid}/mountinfo"), "/mnt").Type);
        Assert.EndsWith($"{runtime.CgroupParent}/{container.Id}", Cgroups.Of(pid, "pids"), StringComparison.Ordinal);
        Assert.Equal("plain", Command.Run("/usr/bin/nsenter", "-t", $"{pid}", "-u", "hostname").Ok().Text);
    }

    [SkippableFact]
    [Clause("runtime.md", "lifecycle", Strength.MustNot, 12)]
    public void Program_does_not_run_before_start()
    {
        using var container = runtime.Container(c => c.Script("echo ran; exec sleep 1000"));
        container.Create().Ok();
        Assert.Equal("", container.Output);
        Assert.DoesNotContain("sh\0", File.ReadAllText($"/proc/{container.Pid}/cmdline"), StringComparison.Ordinal);
        container.Start().Ok();
        container.WaitForOutput("ran");
    }

    [SkippableFact]
    [Clause("runtime.md", "lifecycle", Strength.MustNot, 13)]
    public void Change_of_the_configuration_after_create_has_no_effect()
    {
        using var container = runtime.Container(c => c.Script("echo first"));
        container.Create().Ok();
        container.Bundle.Config.Script("echo second");
        container.Bundle.Save();
        container.Start().Ok();
        container.WaitForStatus("stopped");
        Assert.Equal("first\n", container.Output);
    }

    [SkippableFact]
    [Clause("runtime.md", "lifecycle", Strength.Must, 14)]
    [Clause("config.md", "posix-platform-hooks", Strength.Must, 65)]
    [Clause("config.md", "posix-platform-hooks", Strength.Must, 66)]
    public void Hooks_and_program_run_in_the_order_of_the_lifecycle()
    {
        using var container = runtime.Container(c => c.Script("echo program >>/shared/order"));
        var shared = runtime.Scratch.Folder("shared", container.Id);
        container.Bundle.Config.Mount("/shared", "none", shared, "bind");
        foreach (var kind in new[] { "poststop", "poststart", "createContainer", "createRuntime", "prestart" })
            container.Bundle.Config.Hook(kind, $"echo {kind} >>{shared}/order");
        container.Bundle.Config.Hook("startContainer", "echo startContainer >>/shared/order");
        container.Create().Ok();
        Assert.Equal(["prestart", "createRuntime", "createContainer"], Order());
        container.Start().Ok();
        container.WaitForStatus("stopped");
        Assert.Equal("startContainer", Order()[3]);
        Assert.Equal(["poststart", "program"], Order()[4..].Order());
        container.Delete().Ok();
        Assert.Equal("poststop", Order()[6]);

        string[] Order() => File.ReadAllLines($"{shared}/order");
    }

    [SkippableTheory]
    [InlineData("prestart", false)]
    [InlineData("createRuntime", false)]
    [InlineData("createContainer", false)]
    [InlineData("startContainer", true)]
    [InlineData("poststart", true)]
    [Clause("runtime.md", "lifecycle", Strength.Must, 15)]
    public void Failing_hook_is_an_error_and_ends_the_container(string kind, bool atStart)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000").Hook(kind, "exit 7"));
        if (atStart)
        {
            container.Create().Ok();
            var pid = container.Pid;
            Assert.NotEqual(0, container.Start().ExitCode);
            Until.True(() => !Processes.Alive(pid), $"the end of process {pid}");
        }
        else
        {
            Assert.NotEqual(0, container.Create().ExitCode);
        }

        Until.True(() => Processes.Mentioning(container.Id).Count == 0, "the end of all its processes");
    }

    [SkippableTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [Clause("runtime.md", "lifecycle", Strength.Must, 15)]
    public void After_a_failing_hook_of_create_the_container_is_destroyed_and_the_poststop_hooks_run(string kind) =>
        AfterFailing(kind, container => container.Create());

    [SkippableTheory]
    [InlineData("startContainer")]
    [InlineData("poststart")]
    [Clause("runtime.md", "lifecycle", Strength.Must, 15)]
    public void After_a_failing_hook_of_start_the_container_is_destroyed_and_the_poststop_hooks_run(string kind) =>
        Known.Departure("as with runc it stays, stopped, until it is deleted, and then the poststop hooks run", () => AfterFailing(kind, container =>
        {
            container.Create().Ok();
            return container.Start();
        }));

    [SkippableFact]
    [Clause("runtime.md", "lifecycle", Strength.Must, 16)]
    public void Delete_destroys_the_container_before_the_poststop_hooks_run()
    {
        using var container = runtime.Container();
        var mark = runtime.Scratch.File("marks", container.Id);
        container.Create().Ok();
        var cgroup = Cgroups.Of(container.Pid, "pids");
        container.Delete("--force").Ok();

        container.Bundle.Config.Hook("poststop", $"if test -d {cgroup}; then echo there; else echo gone; fi >{mark}");
        container.Create().Ok();
        Assert.Equal(cgroup, Cgroups.Of(container.Pid, "pids"));
        container.Start().Ok();
        container.WaitForStatus("stopped");
        container.Delete().Ok();
        Assert.Equal("gone\n", File.ReadAllText(mark));
    }

    [SkippableFact]
    [Clause("runtime.md", "lifecycle", Strength.Must, 17)]
    public void Failing_poststop_hook_is_a_warning_and_the_others_run()
    {
        using var container = runtime.Container();
        var mark = runtime.Scratch.File("marks", container.Id);
        container.Bundle.Config.Hook("poststop", "exit 7").Hook("poststop", $"echo second >{mark}");
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForStatus("stopped");
        container.Delete().Ok();
        Assert.Equal("second\n", File.Exists(mark) ? File.ReadAllText(mark) : "");
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    [Clause("runtime.md", "errors", Strength.Must, 18)]
    public void Failed_create_leaves_everything_as_it_was()
    {
        var mounts = File.ReadAllText("/proc/self/mountinfo");
        runtime.Refuses(c => c.Mount("/mnt", "tmpfs", "tmpfs").Set("process.cwd", "\"/etc/passwd/x\"").Set("linux.rootfsPropagation", "\"bogus\""));
        runtime.Refuses(c => c.Mount("/mnt", "no-such-file-system", "none"));
        runtime.Refuses(c => c.Args("/no/such/program"));
        Assert.Equal(Stable(mounts), Stable(File.ReadAllText("/proc/self/mountinfo")));

        // Other tests mount below their own directories meanwhile.
        string[] Stable(string mountinfo) =>
            [.. mountinfo.Split('\n').Where(line => line.Contains(runtime.Name, StringComparison.Ordinal))];
    }

    [SkippableFact]
    [Clause("runtime.md", "errors", Strength.Must, 18)]
    public void Error_of_an_operation_leaves_the_container_as_it_was()
    {
        using var container = runtime.Running();
        var pid = container.Pid;
        Assert.NotEqual(0, container.Start().ExitCode);
        Assert.NotEqual(0, container.Delete().ExitCode);
        Assert.NotEqual(0, container.Kill("NOSUCHSIGNAL").ExitCode);
        Assert.Equal("running", container.Status);
        Assert.Equal(pid, container.Pid);
        Assert.True(Processes.Alive(pid));
    }

    [SkippableFact]
    [Clause("runtime.md", "warnings", Strength.Must, 19)]
    [Clause("config.md", "linux-process", Strength.Must, 51)]
    public void Warning_changes_nothing_of_the_operation() =>
        Assert.Equal("ran", runtime.Inside("echo ran", c => c.Set("process.capabilities.bounding.0", "\"CAP_NOT_THERE\"")));

    private void AfterFailing(string kind, Func<Container, CommandResult> operation)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000").Hook(kind, "exit 7"));
        var mark = runtime.Scratch.File("marks", container.Id);
        container.Bundle.Config.Hook("poststop", $"echo x >>{mark}");
        Assert.NotEqual(0, operation(container).ExitCode);
        Assert.Equal("x\n", File.Exists(mark) ? File.ReadAllText(mark) : "");
        Assert.NotEqual(0, runtime.Call("state", container.Id).ExitCode);
        Assert.Empty(Cgroups.Under(runtime.CgroupParent, container.Id));
    }
}
