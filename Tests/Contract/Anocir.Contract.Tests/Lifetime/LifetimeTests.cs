namespace Anocir.Contract.Tests.Lifetime;

/// <summary>What engines expect of kill, delete and the states between, where the specification says less or other things.</summary>
public sealed class LifetimeTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Forced_delete_of_an_unknown_id_succeeds_in_silence()
    {
        runtime.Require();
        var result = runtime.Call("delete", "--force", "nobody").Ok();
        Assert.Equal("", result.Output + result.Error);
    }

    [SkippableTheory]
    [InlineData("created")]
    [InlineData("running")]
    [InlineData("paused")]
    [InlineData("stopped")]
    public void Forced_delete_ends_a_container_in_any_state(string status)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var pid = container.Pid;
        if (status != "created") container.Start().Ok();
        if (status == "paused") runtime.Call("pause", container.Id).Ok();
        if (status == "stopped")
        {
            container.Kill("KILL").Ok();
            container.WaitForStatus("stopped");
        }

        Assert.Equal(status, container.Status);
        container.Delete("--force").Ok();
        Until.True(() => !Processes.Alive(pid), "its end");
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Delete_of_a_created_container_succeeds()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Delete().Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("9")]
    [InlineData("KILL")]
    [InlineData("SIGKILL")]
    [InlineData("kill")]
    [InlineData("sigkill")]
    public void Signals_are_numbers_or_names_in_any_form(string signal)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Kill(signal).Ok();
        container.WaitForStatus("stopped");
    }

    [SkippableFact]
    public void Kill_says_container_not_running_only_when_it_is_gone()
    {
        using var container = runtime.Container(c => c.Script("trap '' TERM; echo ready; while :; do sleep 0.05; done"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("ready");
        // Docker takes that text for an exit: it must not come for a process that only ignores the signal.
        for (var i = 0; i < 5; i++) container.Kill("TERM").Ok();
        Assert.True(Processes.Alive(container.Pid));
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        Assert.Contains("container not running", ErrorLine.MessageOf(container.Kill("KILL").Exits(1)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Kill_all_ends_what_a_dead_init_without_pid_namespace_left()
    {
        using var container = runtime.Container(c => c.WithoutNamespace("pid").Script("sleep 1000 </dev/null >/dev/null 2>&1 & echo $!; exit 0"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("\n");
        container.WaitForStatus("stopped");
        var left = int.Parse(container.Output, CultureInfo.InvariantCulture);
        Assert.True(Processes.Alive(left));
        runtime.Call("kill", "--all", container.Id, "9").Ok();
        Until.True(() => !Processes.Alive(left), "the end of what was left");
        container.Delete().Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Kill_of_a_container_without_pid_namespace_ends_all_of_it()
    {
        using var container = runtime.Container(c => c.WithoutNamespace("pid").Script("sleep 1000 & echo $!; wait"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("\n");
        var child = int.Parse(container.Output, CultureInfo.InvariantCulture);
        Fair.Since("1.2.0", "SIGKILL without --all ends init only");
        container.Kill("KILL").Ok();
        Until.True(() => !Processes.Alive(child), "the end of the child");
    }

    [SkippableFact]
    public void Paused_container_ends_by_sigkill()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        runtime.Call("pause", container.Id).Ok();
        Fair.Since("1.2.0", "SIGKILL waits for resume on cgroup v1");
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
    }

    [SkippableFact]
    public void Create_runs_nothing_of_the_users_and_later_edits_of_the_config_change_nothing()
    {
        using var container = runtime.Container(c => c.Script("echo first"));
        container.Create().Ok();
        Assert.Equal("", container.Output);
        container.Bundle.Edit(c => c.Script("echo second")).Save();
        container.Start().Ok();
        Until.True(() => container.Output.Length > 0, "its output");
        Assert.Equal("first\n", container.Output);
    }

    [SkippableFact]
    public void Detached_run_returns_and_foreground_run_deletes()
    {
        using var detached = runtime.Container(c => c.Args("sleep", "1000"));
        detached.Run("--detach").Ok();
        Assert.Equal("running", detached.Status);
        using var foreground = runtime.Container();
        foreground.Run().Ok();
        Assert.Empty(runtime.LeftOf(foreground.Id));
    }

    [SkippableFact]
    public void Id_can_be_used_again_after_delete()
    {
        using var container = runtime.Container();
        for (var i = 0; i < 3; i++)
        {
            container.Create().Ok();
            container.Start().Ok();
            container.WaitForStatus("stopped");
            container.Delete().Ok();
        }

        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("private")]
    [InlineData("rprivate")]
    [InlineData("slave")]
    [InlineData("rslave")]
    [InlineData("shared")]
    [InlineData("rshared")]
    [InlineData("unbindable")]
    public void Rootfs_propagation_is_that_of_the_config(string propagation)
    {
        if (propagation == "unbindable") runtime.RequireAnocir("runc 1.1.5 binds the root after it has made it unbindable, and fails");
        using var container = runtime.Container(c => c.Args("sleep", "1000").Set("linux.rootfsPropagation", $"\"{propagation}\""));
        container.Create().Ok();
        container.Start().Ok();
        var root = File.ReadAllLines($"/proc/{container.Pid}/mountinfo").Single(line => line.Split(' ')[4] == "/");
        var optional = root.Split(" - ")[0].Split(' ')[6..];
        var shared = optional.Any(o => o.StartsWith("shared:", StringComparison.Ordinal));
        if (!propagation.EndsWith("shared", StringComparison.Ordinal)) Assert.False(shared);
        Fair.Since("1.2.0", "which mode a root that is no mount of its own gets is not looked at");
        Assert.Equal(propagation.EndsWith("shared", StringComparison.Ordinal), shared);
        Assert.Equal(propagation == "unbindable", optional.Contains("unbindable"));
    }
}
