using System.Net.Sockets;

namespace Anocir.Runtime.Tests.BadInput;

/// <summary>Calls that cannot be understood or done: ids, bundles, flags, programs, sockets, files.</summary>
public sealed class BadCallTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("/")]
    [InlineData("../../etc")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("a:b")]
    [InlineData("ä")]
    [InlineData("a*")]
    [InlineData("a\tb")]
    public void Bad_id_is_refused_and_makes_nothing(string id)
    {
        using var container = runtime.Container();
        container.Bundle.Save();
        var result = runtime.Call("create", "--bundle", container.Bundle.Directory, "--", id).Exits(1);
        var message = ErrorLine.MessageOf(result);
        if (RuntimeFixture.IsAnocir) Assert.Contains(id.Length == 0 ? "empty" : "invalid container ID format", message, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("start")]
    [InlineData("state")]
    [InlineData("kill")]
    [InlineData("delete")]
    [InlineData("ps")]
    [InlineData("update")]
    [InlineData("events")]
    public void Bad_id_is_no_way_out_of_the_root(string verb)
    {
        runtime.Require();
        var victim = runtime.Scratch.Folder("victim");
        ErrorLine.MessageOf(runtime.Call(verb, "../victim").Exits(1));
        Assert.True(Directory.Exists(victim));
    }

    [SkippableFact]
    public void Id_that_is_too_long_is_refused()
    {
        using var container = runtime.Container();
        container.Bundle.Save();
        ErrorLine.MessageOf(runtime.Call("create", "--bundle", container.Bundle.Directory, new string('x', 1100)).Exits(1));
        Assert.Equal("", runtime.Call("list", "-q").Ok().Text);
    }

    [SkippableFact]
    public void Odd_but_good_id_works()
    {
        using var container = runtime.Container(c => c.Args("sleep", "100"));
        container.Bundle.Save();
        var id = $"_+.-{runtime.Name}--X.1";
        runtime.Call("create", "--bundle", container.Bundle.Directory, "--", id).Ok();
        Assert.Equal(id, (string?)JsonNode.Parse(runtime.Call("state", id).Ok().Output)!["id"]);
        runtime.Call("delete", "--force", id).Ok();
        Assert.Empty(runtime.LeftOf(id));
    }

    [SkippableFact]
    public void Bundle_that_is_not_there_is_named()
    {
        runtime.Require();
        var result = runtime.Call("create", "--bundle", "/nowhere/bundle", "x").Exits(1);
        Assert.Contains("/nowhere/bundle", ErrorLine.MessageOf(result), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Bundle_that_is_a_file_is_refused()
    {
        runtime.Require();
        Assert.Contains("/etc/passwd", ErrorLine.MessageOf(runtime.Call("create", "--bundle", "/etc/passwd", "x").Exits(1)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Bundle_without_rootfs_is_refused_by_its_path()
    {
        using var container = runtime.Container();
        Directory.Delete(container.Bundle.Rootfs, recursive: true);
        Assert.Contains(container.Bundle.Rootfs, ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("nothere", "executable file not found in $PATH")]
    [InlineData("/nothere", "no such file or directory")]
    [InlineData("/etc/passwd", "permission denied")]
    [InlineData("/bin", "")]
    public void Program_that_cannot_be_found_fails_create(string program, string text)
    {
        foreach (var verb in new[] { "create", "run" })
        {
            using var container = runtime.Container(c => c.Args(program));
            var message = ErrorLine.MessageOf(container.Prepare(verb).Run().Exits(1));
            Assert.Contains($"exec: \"{program}\": ", message, StringComparison.Ordinal);
            Assert.Contains(text, message, StringComparison.Ordinal);
            Assert.Contains("unable to start container process: ", message, StringComparison.Ordinal);
            Assert.Empty(runtime.LeftOf(container.Id));
        }
    }

    [SkippableFact]
    public void Program_that_is_no_program_fails_start()
    {
        using var container = runtime.Container(c => c.Args("/bin/text"));
        File.WriteAllText(container.Bundle.InRootfs("bin/text"), "no interpreter, no ELF\n");
        File.SetUnixFileMode(container.Bundle.InRootfs("bin/text"), (UnixFileMode)0x1ED);
        container.Create().Ok();
        var start = container.Start();
        if (RuntimeFixture.IsAnocir) Assert.Contains("exec format error", ErrorLine.MessageOf(start.Exits(1)), StringComparison.Ordinal);
        container.WaitForStatus("stopped");
        container.Delete().Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Program_whose_interpreter_is_missing_fails()
    {
        using var container = runtime.Container(c => c.Args("/bin/script"));
        File.WriteAllText(container.Bundle.InRootfs("bin/script"), "#!/nowhere/interpreter\n");
        File.SetUnixFileMode(container.Bundle.InRootfs("bin/script"), (UnixFileMode)0x1ED);
        Assert.NotEqual(0, container.Run().ExitCode);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("nope", "unknown signal \"nope\"")]
    [InlineData("SIGNOPE", "unknown signal \"SIGNOPE\"")]
    [InlineData("9x", "unknown signal \"9x\"")]
    [InlineData("-1", "-1")]
    [InlineData("65", "65")]
    [InlineData("99999999999", "99999999999")]
    public void Unknown_signal_is_refused(string signal, string named)
    {
        using var container = runtime.Container(c => c.Args("sleep", "100"));
        container.Create().Ok();
        var result = runtime.Call("kill", "--", container.Id, signal);
        Assert.NotEqual(0, result.ExitCode);
        if (RuntimeFixture.IsAnocir) Assert.Contains(named, ErrorLine.MessageOf(result.Exits(1)), StringComparison.Ordinal);
        Assert.Equal("created", container.Status);
    }

    [SkippableFact]
    public void Unknown_command_has_no_help_topic()
    {
        runtime.Require();
        var result = runtime.Call("frobnicate");
        Assert.NotEqual(0, result.ExitCode);
        (result with { Error = result.Output + result.Error }).Complains("No help topic for 'frobnicate'");
    }

    [SkippableTheory]
    [InlineData("create", "--nope", "flag provided but not defined: -nope")]
    [InlineData("run", "-nope=1", "flag provided but not defined: -nope")]
    [InlineData("start", "--nope", "flag provided but not defined: -nope")]
    [InlineData("state", "--nope", "flag provided but not defined: -nope")]
    [InlineData("kill", "--nope", "flag provided but not defined: -nope")]
    [InlineData("delete", "--nope", "flag provided but not defined: -nope")]
    [InlineData("list", "--nope", "flag provided but not defined: -nope")]
    [InlineData("ps", "--nope", "flag provided but not defined: -nope")]
    [InlineData("spec", "--nope", "flag provided but not defined: -nope")]
    [InlineData("pause", "--nope", "flag provided but not defined: -nope")]
    [InlineData("resume", "--nope", "flag provided but not defined: -nope")]
    [InlineData("features", "--nope", "flag provided but not defined: -nope")]
    [InlineData("create", "--bundle", "flag needs an argument: -bundle")]
    [InlineData("create", "--preserve-fds=x", "invalid value \"x\" for flag -preserve-fds")]
    [InlineData("delete", "--force=maybe", "invalid boolean value \"maybe\" for -force")]
    public void Bad_flag_is_a_usage_error(string verb, string flag, string text)
    {
        runtime.Require();
        // Flags are read before positionals are counted; this one's value is read last.
        var result = runtime.Call(flag.Contains("preserve", StringComparison.Ordinal) ? [verb, flag, "--bundle", runtime.Container().Bundle.Save().Directory, "x"] : [verb, flag]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(text, result.Error.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("create")]
    [InlineData("run")]
    [InlineData("start")]
    [InlineData("state")]
    [InlineData("kill")]
    [InlineData("delete")]
    [InlineData("ps")]
    [InlineData("pause")]
    [InlineData("resume")]
    public void Missing_id_is_an_error(string verb)
    {
        runtime.Require();
        var result = runtime.Call(verb);
        Assert.Equal(1, result.ExitCode);
        Assert.Matches($"\"{verb}\\\\?\" requires (exactly|a minimum of) 1 argument", result.Error.Replace("\\\"", "\"", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("start")]
    [InlineData("state")]
    [InlineData("delete")]
    [InlineData("create")]
    public void Too_many_arguments_are_an_error(string verb)
    {
        runtime.Require();
        Assert.Contains("requires exactly 1 argument", runtime.Call(verb, "a", "b").Exits(1).Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("--log-format", "xml", "invalid log-format: xml")]
    [InlineData("--root", "/", "should not be set to /")]
    [InlineData("--root", "//.", "should not be set to /")]
    public void Bad_global_flag_is_refused(string flag, string value, string text)
    {
        runtime.RequireAnocir("runc 1.1 takes the root directory");
        runtime.Require();
        var result = runtime.Call(new Caller(GlobalFlags: [flag, value]), "list").Exits(1);
        Assert.Contains(text, result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("list")]
    [InlineData("ps")]
    public void Bad_format_is_refused(string verb)
    {
        using var container = runtime.Container(c => c.Args("sleep", "100"));
        container.Create().Ok();
        var result = runtime.Call(verb == "ps" ? [verb, "--format", "xml", container.Id] : [verb, "--format", "xml"]).Exits(1);
        Assert.Contains("invalid format option", ErrorLine.MessageOf(result), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("/nowhere/console.sock")]
    [InlineData("/etc/passwd")]
    public void Console_socket_that_is_none_is_named(string socket)
    {
        using var container = runtime.Container(c => c.Set("process.terminal", "true"));
        Assert.Contains(socket, ErrorLine.MessageOf(container.Create("--console-socket", socket).Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Terminal_of_a_detached_container_needs_a_console_socket()
    {
        using var container = runtime.Container(c => c.Set("process.terminal", "true"));
        Assert.Contains("cannot allocate tty if runc will detach without setting console socket", ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Contains("cannot allocate tty if runc will detach without setting console socket", ErrorLine.MessageOf(container.Run("--detach").Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Console_socket_without_a_terminal_is_refused()
    {
        using var container = runtime.Container();
        var path = runtime.Scratch.File("unused.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var message = ErrorLine.MessageOf(container.Create("--console-socket", path).Exits(1));
        Assert.Contains("cannot use console socket if runc will not detach or allocate tty", message, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("/nowhere/pid")]
    [InlineData("/proc/nope")]
    [InlineData("/etc/passwd/pid")]
    public void Pid_file_that_cannot_be_written_undoes_the_creation(string file)
    {
        using var container = runtime.Container(c => c.Args("sleep", "100"));
        Assert.Contains(Path.GetDirectoryName(file)!, ErrorLine.MessageOf(container.Create("--pid-file", file).Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Pidfd_socket_that_is_none_is_named()
    {
        runtime.RequireAnocir("runc 1.1 has no pidfd socket");
        using var container = runtime.Container(c => c.Args("sleep", "100"));
        Assert.Contains("/nowhere/pidfd.sock", ErrorLine.MessageOf(container.Create("--pidfd-socket", "/nowhere/pidfd.sock").Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Log_that_cannot_be_opened_does_not_hide_the_error()
    {
        runtime.Require();
        var result = runtime.Call(new Caller(GlobalFlags: ["--log", "/nowhere/log"]), "state", "nobody");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("/nowhere/log", result.Error, StringComparison.Ordinal);
    }
}
