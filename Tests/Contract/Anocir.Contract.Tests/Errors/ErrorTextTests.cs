namespace Anocir.Contract.Tests.Errors;

/// <summary>The texts and exit codes that engines compare, word for word.</summary>
public sealed class ErrorTextTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
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
    [InlineData("checkpoint")]
    public void Unknown_id_does_not_exist(string verb)
    {
        runtime.Require();
        RuntimeUnderTest.Require(verb);
        var result = runtime.Call(new Caller(Input: "{}"), [verb, .. verb switch { "update" => ["--resources", "-"], "events" => ["--stats"], "ps" => (string[])["--format", "json"], _ => [] }, "nobody"]).Exits(1);
        Assert.Equal("container does not exist", ErrorLine.MessageOf(result));
    }

    [SkippableFact]
    public void Exec_in_an_unknown_container_exits_with_255()
    {
        runtime.Require();
        RuntimeUnderTest.Require("exec");
        Assert.Contains("container does not exist", ErrorLine.MessageOf(runtime.Call("exec", "nobody", "true").Exits(255)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Taken_id_is_refused_and_its_container_is_as_it_was()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var pid = container.Pid;
        Assert.Contains("container with given ID already exists", ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Equal(("created", pid), (container.Status, container.Pid));
    }

    [SkippableFact]
    public void Second_start_is_refused()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        Assert.Equal("cannot start an already running container", ErrorLine.MessageOf(container.Start().Exits(1)));
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Stopped_container_answers_each_command_in_known_words()
    {
        using var container = runtime.Container();
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForStatus("stopped");
        Assert.Equal("cannot start a container that has stopped", ErrorLine.MessageOf(container.Start().Exits(1)));
        Assert.Contains("container not running", ErrorLine.MessageOf(container.Kill("TERM").Exits(1)), StringComparison.Ordinal);
        Assert.Contains("container not running", ErrorLine.MessageOf(container.Kill("9").Exits(1)), StringComparison.Ordinal);
        Assert.Contains("container not running", ErrorLine.MessageOf(runtime.Call("pause", container.Id).Exits(1)), StringComparison.Ordinal);
        Assert.Contains("container not paused", ErrorLine.MessageOf(runtime.Call("resume", container.Id).Exits(1)), StringComparison.Ordinal);
        runtime.Call("kill", "--all", container.Id, "9").Ok();
    }

    [SkippableFact]
    public void Exec_in_a_stopped_container_is_refused()
    {
        RuntimeUnderTest.Require("exec");
        using var container = runtime.Container();
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForStatus("stopped");
        Fair.Since("1.2.0", "other words for an exec in a stopped container");
        Assert.Contains("cannot exec in a stopped container", ErrorLine.MessageOf(runtime.Call("exec", container.Id, "true").Exits(255)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Exec_in_a_paused_container_is_refused()
    {
        RuntimeUnderTest.Require("exec");
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        runtime.Call("pause", container.Id).Ok();
        var message = ErrorLine.MessageOf(runtime.Call("exec", container.Id, "true").Exits(255));
        Assert.Contains("cannot exec in a paused container", message, StringComparison.Ordinal);
        runtime.Call("resume", container.Id).Ok();
    }

    [SkippableFact]
    public void Delete_of_a_running_container_is_refused()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        Assert.Equal($"cannot delete container {container.Id} that is not stopped: running", ErrorLine.MessageOf(container.Delete().Exits(1)));
    }

    [SkippableTheory]
    [InlineData("nothere", "exec: \"nothere\": executable file not found in $PATH")]
    [InlineData("/nothere", "exec: \"/nothere\": stat /nothere: no such file or directory")]
    [InlineData("/etc/passwd", "exec: \"/etc/passwd\": permission denied")]
    public void Program_that_cannot_be_run_is_told_so_that_docker_and_podman_choose_126_or_127(string program, string text)
    {
        foreach (var verb in new[] { "create", "run" })
        {
            using var container = runtime.Container(c => c.Args(program));
            var message = ErrorLine.MessageOf(container.Prepare(verb).Run().Exits(1));
            Assert.StartsWith($"runc {verb} failed: unable to start container process: ", message, StringComparison.Ordinal);
            Assert.EndsWith(text, message, StringComparison.Ordinal);
            Fair.Since("1.2.0", "it leaves \"error during container init\" out");
            Assert.Equal($"runc {verb} failed: unable to start container process: error during container init: {text}", message);
        }
    }

    [SkippableTheory]
    [InlineData("nothere", "exec: \"nothere\": executable file not found in $PATH")]
    [InlineData("/nothere", "no such file or directory")]
    [InlineData("/etc/passwd", "permission denied")]
    public void Exec_of_a_program_that_cannot_be_run_exits_with_255(string program, string text)
    {
        RuntimeUnderTest.Require("exec");
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        foreach (var flags in new string[][] { [], ["--detach"] })
        {
            var message = ErrorLine.MessageOf(runtime.Call(["exec", .. flags, container.Id, program]).Exits(255));
            Assert.StartsWith("exec failed: unable to start container process: ", message, StringComparison.Ordinal);
            Assert.EndsWith(text, message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void Missing_config_is_named()
    {
        runtime.Require();
        var folder = runtime.Scratch.Folder("no-config");
        Assert.Contains("JSON specification file config.json not found", ErrorLine.MessageOf(runtime.Call("create", "--bundle", folder, "x").Exits(1)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Unknown_signal_is_quoted()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        Assert.Equal("unknown signal \"NOPE\"", ErrorLine.MessageOf(container.Kill("NOPE").Exits(1)));
    }

    [SkippableFact]
    public void Terminal_and_console_socket_must_fit()
    {
        using var terminal = runtime.Container(c => c.Set("process.terminal", "true"));
        Assert.Contains("cannot allocate tty if runc will detach without setting console socket", ErrorLine.MessageOf(terminal.Create().Exits(1)), StringComparison.Ordinal);
        using var receiver = new DescriptorReceiver(runtime);
        using var plain = runtime.Container();
        Assert.Contains("cannot use console socket if runc will not detach or allocate tty", ErrorLine.MessageOf(plain.Create("--console-socket", receiver.Path).Exits(1)), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void Failing_hook_is_told_by_its_kind_and_number(string kind)
    {
        using var container = runtime.Container(c => c.Hook(kind, "exit 0").Hook(kind, "echo the reason >&2; exit 3"));
        var message = ErrorLine.MessageOf(container.Create().Exits(1));
        Assert.Contains("the reason", message, StringComparison.Ordinal);
        Assert.Contains("exit status 3", message, StringComparison.Ordinal);
        Fair.Since("1.2.0", "other words for a hook's failure");
        Assert.Contains($"error running {kind} hook #1: ", message, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -9 $$; sleep 9", 137)]
    public void Run_and_exec_exit_as_the_program_does(string script, int code)
    {
        using var container = runtime.Container(c => c.WithoutNamespace("pid").Script(script));
        container.Run().Exits(code);
        RuntimeUnderTest.Require("exec");
        using var other = runtime.Container(c => c.Args("sleep", "1000"));
        other.Create().Ok();
        other.Start().Ok();
        runtime.Call("exec", other.Id, "/bin/sh", "-c", script).Exits(code);
    }
}
