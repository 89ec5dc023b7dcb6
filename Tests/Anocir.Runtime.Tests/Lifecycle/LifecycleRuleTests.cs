namespace Anocir.Runtime.Tests.Lifecycle;

/// <summary>What may be done to a container in which state, in runc's words and with its exit codes.</summary>
public sealed class LifecycleRuleTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Container_from_create_to_delete_goes_through_every_status()
    {
        using var container = runtime.Container(c => c.Script("echo ran; exec sleep 1000"));
        Assert.Equal("", container.Create().Ok().Output);
        Assert.Equal("created", container.Status);
        Assert.Equal("", container.Output);
        container.Start().Ok().Prints("");
        container.WaitForOutput("ran");
        Assert.Equal("running", container.Status);
        container.Kill("KILL").Ok().Prints("");
        container.WaitForStatus("stopped");
        container.Delete().Ok().Prints("");
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void State_shows_what_the_specification_and_runc_say()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000").Set("annotations", """{"org.example.a":"1","b":""}"""));
        container.Create().Ok();
        var state = container.State;
        Assert.Equal(container.Id, (string?)state["id"]);
        Assert.Equal(container.Bundle.Directory, (string?)state["bundle"]);
        Assert.Equal(container.Bundle.Rootfs, (string?)state["rootfs"]);
        Assert.Equal("created", (string?)state["status"]);
        Assert.StartsWith("1.", (string?)state["ociVersion"], StringComparison.Ordinal);
        Assert.Equal("1", (string?)state["annotations"]!["org.example.a"]);
        Assert.Equal("", (string?)state["annotations"]!["b"]);
        Assert.Equal("", (string?)state["owner"]);
        var created = DateTimeOffset.Parse((string)state["created"]!, CultureInfo.InvariantCulture);
        Assert.InRange(DateTimeOffset.UtcNow - created, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.EndsWith("Z", (string?)state["created"], StringComparison.Ordinal);
        Assert.Contains(container.Id, File.ReadAllText($"/proc/{(int)state["pid"]!}/cgroup"), StringComparison.Ordinal);

        container.Start().Ok();
        container.Kill("9").Ok();
        container.WaitForStatus("stopped");
        Assert.Equal(0, container.Pid);
    }

    [SkippableFact]
    public void State_is_indented_json_and_nothing_else()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var result = runtime.Call("state", container.Id).Ok();
        Assert.StartsWith("{\n  \"ociVersion\": \"", result.Output, StringComparison.Ordinal);
        Assert.Equal("", result.Error);
    }

    [SkippableTheory]
    [InlineData("state")]
    [InlineData("start")]
    [InlineData("kill")]
    [InlineData("delete")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("ps")]
    [InlineData("update")]
    [InlineData("events")]
    public void Unknown_container_does_not_exist(string verb)
    {
        runtime.Require();
        var result = runtime.Call(verb, "nobody").Exits(1);
        Assert.Contains("container does not exist", ErrorLine.MessageOf(result), StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    [SkippableFact]
    public void Delete_by_force_of_an_unknown_container_succeeds_in_silence()
    {
        runtime.Require();
        var result = runtime.Call("delete", "--force", "nobody").Ok();
        Assert.Equal("", result.Output + result.Error);
    }

    [SkippableFact]
    public void Taken_id_is_refused_and_the_container_lives_on()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var pid = container.Pid;
        foreach (var verb in new[] { "create", "run" })
        {
            var again = runtime.Call(verb, "--bundle", container.Bundle.Directory, container.Id).Exits(1);
            Assert.Contains("container with given ID already exists", ErrorLine.MessageOf(again), StringComparison.Ordinal);
        }

        Assert.Equal("created", container.Status);
        Assert.Equal(pid, container.Pid);
    }

    [SkippableFact]
    public void Start_of_a_running_container_is_refused_without_effect()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        Assert.Contains("cannot start an already running container", ErrorLine.MessageOf(container.Start().Exits(1)), StringComparison.Ordinal);
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Start_of_a_stopped_container_is_refused()
    {
        using var container = runtime.Container();
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForStatus("stopped");
        Assert.Contains("cannot start a container that has stopped", ErrorLine.MessageOf(container.Start().Exits(1)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Kill_of_a_stopped_container_is_refused_and_with_all_is_not()
    {
        using var container = runtime.Container();
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForStatus("stopped");
        Assert.Contains("container not running", ErrorLine.MessageOf(container.Kill("TERM").Exits(1)), StringComparison.Ordinal);
        runtime.Call("kill", "--all", container.Id, "KILL").Ok();
    }

    [SkippableFact]
    public void Kill_of_a_created_container_reaches_init()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        container.Delete().Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("USR1")]
    [InlineData("SIGUSR1")]
    [InlineData("sigusr1")]
    [InlineData("usr1")]
    [InlineData("10")]
    public void Kill_takes_a_signal_by_number_or_name_in_any_case(string signal)
    {
        using var container = runtime.Container(c => c.Script("trap 'echo got usr1' USR1; echo ready; while :; do sleep 0.05; done"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("ready");
        container.Kill(signal).Ok();
        container.WaitForOutput("got usr1");
    }

    [SkippableFact]
    public void Kill_without_a_signal_sends_sigterm()
    {
        using var container = runtime.Container(c => c.Script("trap 'echo got term; exit 0' TERM; echo ready; while :; do sleep 0.05; done"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("ready");
        container.Kill().Ok();
        container.WaitForOutput("got term");
    }

    [SkippableFact]
    public void Delete_of_a_running_container_needs_force()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        var pid = container.Pid;
        var refused = ErrorLine.MessageOf(container.Delete().Exits(1));
        Assert.Contains($"cannot delete container {container.Id} that is not stopped: running", refused, StringComparison.Ordinal);
        Assert.Equal("running", container.Status);
        container.Delete("--force").Ok();
        Assert.False(Processes.Alive(pid));
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Delete_of_a_created_container_ends_it()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var pid = container.Pid;
        container.Delete().Ok();
        Assert.False(Processes.Alive(pid));
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Deleted_id_can_be_used_again()
    {
        using var container = runtime.Container(c => c.Script("echo again"));
        for (var i = 0; i < 3; i++)
        {
            container.Create().Ok();
            container.Start().Ok();
            container.WaitForStatus("stopped");
            Assert.Equal("again\n", container.Output);
            container.Delete().Ok();
        }
    }

    [SkippableFact]
    public void Paused_container_stands_still_until_resumed()
    {
        using var container = runtime.Container(c => c.Script("while :; do echo x; sleep 0.02; done"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("x");
        runtime.Call("pause", container.Id).Ok().Prints("");
        Assert.Equal("paused", container.Status);
        Assert.NotEmpty(ErrorLine.MessageOf(runtime.Call("pause", container.Id).Exits(1)));
        Assert.NotEmpty(ErrorLine.MessageOf(container.Delete().Exits(1)));
        var printed = container.Output.Length;
        Assert.False(Until.Holds(() => container.Output.Length != printed, TimeSpan.FromMilliseconds(300)));
        runtime.Call("resume", container.Id).Ok().Prints("");
        Assert.Equal("running", container.Status);
        Until.True(() => container.Output.Length > printed, "more output after resume");
        Assert.Contains("container not paused", ErrorLine.MessageOf(runtime.Call("resume", container.Id).Exits(1)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Delete_by_force_ends_a_paused_container()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        runtime.Call("pause", container.Id).Ok();
        container.Delete("--force").Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Kill_by_SIGKILL_ends_a_paused_container()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        runtime.Call("pause", container.Id).Ok();
        container.Kill("KILL").Ok().Prints("");
        container.WaitForStatus("stopped");
        container.Delete().Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Edits_of_the_configuration_after_create_change_nothing()
    {
        using var container = runtime.Container(c => c.Script("echo first $A"));
        container.Create().Ok();
        File.WriteAllText(container.Bundle.ConfigFile, "{}");
        container.Start().Ok();
        container.WaitForStatus("stopped");
        Assert.Equal("first 1\n", container.Output);
    }

    [SkippableFact]
    public void Without_a_pid_namespace_kill_reaches_every_process()
    {
        runtime.RequireAnocir("runc 1.1 wants --all for it");
        using var container = runtime.Container(c => c.WithoutNamespace("pid").Script("sleep 1000 & sleep 1001 & echo ready; wait"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("ready");
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        Until.True(() => Processes.Mentioning(container.Id).Count == 0, "the end of all its processes");
    }

    [SkippableFact]
    public void Two_roots_are_two_name_spaces()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var other = Path.Combine(runtime.Scratch.Directory, "other-root");
        Command.Run("/usr/bin/env", $"{RuntimeUnderTest.DirectoryVariable}={runtime.RuntimeDirectory}", RuntimeUnderTest.Path, "--root", other, "state", container.Id)
            .Exits(1).Complains("container does not exist");
    }
}
