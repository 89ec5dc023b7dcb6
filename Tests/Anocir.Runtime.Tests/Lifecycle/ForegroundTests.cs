namespace Anocir.Runtime.Tests.Lifecycle;

/// <summary><c>run</c> in the foreground, and what create leaves for its caller: exit codes, signals, terminals, pid files.</summary>
public sealed class ForegroundTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 42", 42)]
    [InlineData("exit 255", 255)]
    public void Run_exits_as_the_program_does_and_deletes(string script, int code)
    {
        using var container = runtime.Container(c => c.Script($"echo out; echo err >&2; {script}"));
        var result = container.Run().Exits(code);
        Assert.Equal("out\n", result.Output);
        Assert.Equal("err\n", result.Error);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("KILL", 137)]
    [InlineData("TERM", 143)]
    [InlineData("SEGV", 139)]
    public void Run_of_a_program_that_a_signal_ends_exits_with_128_and_the_signal(string signal, int code)
    {
        // Process 1 of a pid namespace is not ended by signals of its own: the kill comes from outside, KILL in any case.
        using var container = runtime.Container(c => c.WithoutNamespace("pid").Script($"kill -{signal} $$; sleep 100"));
        container.Run().Exits(code);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(12)]
    [InlineData(15)]
    [InlineData(14)]
    [InlineData(18)]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(30)]
    [InlineData(35)]
    [InlineData(64)]
    public void Signals_to_run_are_passed_on(int signal)
    {
        using var container = runtime.Container(c => c.Script($"trap 'echo got it; exit 7' {signal}; echo ready; while :; do sleep 0.05; done"));
        var run = container.Prepare("run").Start();
        container.WaitForOutput("ready");
        // The program may print before its status is stored; the relay is there once it is.
        container.WaitForStatus("running");
        Until.True(() => Caught(run.Pid, signal), $"signal {signal} to be caught by run", TimeSpan.FromSeconds(5), () => File.ReadAllText($"/proc/{run.Pid}/status"));
        Processes.Signal(run.Pid, signal.ToString(CultureInfo.InvariantCulture));
        run.Wait().Exits(7);
        Assert.Contains("got it", container.Output, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Run_with_keep_leaves_the_container_stopped()
    {
        runtime.RequireAnocir("runc 1.1.5 lists it with the same words, other pid rules");
        using var container = runtime.Container(c => c.Script("exit 3"));
        container.Run("--keep").Exits(3);
        Assert.Equal("stopped", container.Status);
        container.Delete().Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Run_detached_returns_while_the_container_runs()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Run("--detach").Ok();
        Assert.Equal("running", container.Status);
    }

    [SkippableTheory]
    [InlineData("create")]
    [InlineData("run")]
    public void Pid_file_holds_digits_only_and_is_relative_to_the_caller(string verb)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var folder = runtime.Scratch.Folder("pids", verb);
        string[] flags = verb == "run" ? ["--detach", "--pid-file", "p"] : ["--pid-file", "p"];
        container.Prepare(verb, new Caller(Directory: folder, Before: "umask 027;"), flags).Run().Ok();
        Assert.Equal(container.Pid.ToString(CultureInfo.InvariantCulture), File.ReadAllText(Path.Combine(folder, "p")));
        Assert.Equal(["p"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));
        Assert.Equal((UnixFileMode)0x1A0, File.GetUnixFileMode(Path.Combine(folder, "p")));
    }

    [SkippableFact]
    public void Pidfd_socket_gets_the_pidfd_of_init()
    {
        runtime.RequireAnocir("runc 1.1 has no pidfd socket");
        using var receiver = new DescriptorReceiver(runtime);
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create("--pidfd-socket", receiver.Path).Ok();
        var (payload, pidfd) = receiver.Receive();
        Assert.Equal("standard", payload);
        var info = File.ReadAllLines($"/proc/self/fdinfo/{pidfd}");
        Native.Close(pidfd);
        Assert.Contains($"Pid:\t{container.Pid}", info);
    }

    [SkippableFact]
    public void Console_socket_gets_the_master_of_the_containers_terminal()
    {
        using var receiver = new DescriptorReceiver(runtime);
        using var container = runtime.Container(c => c
            .Script("tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo three; ls -l /dev/console | cut -c1; read x; echo \"<$x>\"; stat -c %u /dev/pts/0; sleep 1000")
            .Set("process.terminal", "true").Set("process.consoleSize", """{"height":33,"width":101}""").Set("process.user.uid", "1000"));
        container.Create("--console-socket", receiver.Path).Ok();
        using var terminal = TestTerminal.Over(receiver.Receive().Descriptor);
        Assert.Equal((33, 101), terminal.Size);
        container.Start().Ok();
        terminal.WaitFor("three");
        terminal.Type("typed\n");
        terminal.WaitFor("<typed>");
        terminal.WaitFor("1000");
        Assert.StartsWith("/dev/pts/0\r\n33 101\r\nthree\r\nc\r\n", terminal.Shown, StringComparison.Ordinal);
        Assert.Equal("", container.Output + container.Error);
        container.Delete("--force").Ok();
    }

    [SkippableFact]
    public void Console_size_is_ignored_without_a_terminal()
    {
        using var container = runtime.Container(c => c.Script("tty; true").Set("process.consoleSize", """{"height":33,"width":101}"""));
        Assert.Equal("not a tty\n", container.Run().Ok().Output);
    }

    [SkippableFact]
    public void Run_on_a_terminal_relays_input_output_and_size()
    {
        using var terminal = TestTerminal.Open();
        terminal.Resize(20, 70);
        using var container = runtime.Container(c => c.Script(
            "trap 'echo now $(stty size)' WINCH; stty size; tty; echo ready; read x; echo \"<$x>\"; exit 5").Set("process.terminal", "true"));
        var run = container.Prepare("run", new Caller(Terminal: terminal.Slave, Wrapper: "/usr/bin/setsid --ctty --wait")).Start();
        terminal.WaitFor("ready");
        Assert.Contains("20 70\r\n/dev/pts/0\r\n", terminal.Shown, StringComparison.Ordinal);
        container.WaitForStatus("running");
        terminal.Type("line\n");
        run.Wait().Exits(5);
        terminal.WaitFor("<line>\r\n");
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Terminal_of_the_caller_is_as_it_was_after_run()
    {
        using var terminal = TestTerminal.Open();
        using var keep = File.Open(terminal.Slave, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        string Settings() => Command.Run("/bin/stty", "-a", "-F", terminal.Slave).Ok().Text;
        var before = Settings();
        using var container = runtime.Container(c => c.Script("echo ready; read x; exit 0").Set("process.terminal", "true"));
        var run = container.Prepare("run", new Caller(Terminal: terminal.Slave, Wrapper: "/usr/bin/setsid --ctty --wait")).Start();
        terminal.WaitFor("ready");
        Until.True(() => Settings() != before, "raw mode");
        terminal.Type("\n");
        run.Wait().Ok();
        Assert.Equal(before, Settings());
    }

    [SkippableFact]
    public void Standard_input_of_run_reaches_the_program()
    {
        using var container = runtime.Container(c => c.Script("cat; echo end"));
        container.Prepare("run", new Caller(Input: "a\nb\n")).Run().Ok().Prints("a\nb\nend");
    }

    private static bool Caught(int pid, int signal)
    {
        var mask = ulong.Parse(Processes.Status(pid, "SigCgt") ?? "0", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (mask & (1UL << (signal - 1))) != 0;
    }
}
