namespace Anocir.Runtime.Tests.Exec;

/// <summary>An exec with a terminal: relayed to the caller's, or handed to a console socket.</summary>
public sealed class ExecTerminalTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string OwnTerminal = "/usr/bin/setsid --ctty --wait";

    [SkippableFact]
    public void Exec_on_a_terminal_relays_input_output_and_size()
    {
        using var terminal = TestTerminal.Open();
        terminal.Resize(20, 70);
        using var container = runtime.Running();
        var exec = container.PrepareExec(new Caller(Terminal: terminal.Slave, Wrapper: OwnTerminal), ["-t"],
            "/bin/sh", "-c", "stty size; tty; test -t 0 && test -t 1 && test -t 2 && echo three; echo ready; read x; echo \"<$x>\"; exit 5").Start();
        terminal.WaitFor("ready");
        Assert.Contains("20 70\r\n/dev/pts/0\r\nthree\r\n", terminal.Shown, StringComparison.Ordinal);
        terminal.Type("line\n");
        exec.Wait().Exits(5);
        terminal.WaitFor("<line>\r\n");
    }

    [SkippableFact]
    public void Change_of_size_reaches_the_program()
    {
        using var terminal = TestTerminal.Open();
        using var container = runtime.Running();
        var exec = container.PrepareExec(new Caller(Terminal: terminal.Slave, Wrapper: OwnTerminal), ["--tty"],
            "/bin/sh", "-c", "trap 'echo now $(stty size); exit 6' WINCH; echo ready; while :; do sleep 0.05; done").Start();
        terminal.WaitFor("ready");
        // The caller follows once it catches the signal; a size that does not change sends none.
        var rows = 30;
        Until.True(() =>
        {
            terminal.Resize(++rows, 99);
            return terminal.Shown.Contains("now ", StringComparison.Ordinal);
        }, "the new size", explain: () => terminal.Shown);
        exec.Wait().Exits(6);
        Assert.Matches("now 3[0-9]|[4-9][0-9]+ 99\r\n", terminal.Shown);
    }

    [SkippableFact]
    public void Terminal_of_the_caller_is_raw_and_then_as_it_was()
    {
        using var terminal = TestTerminal.Open();
        using var keep = File.Open(terminal.Slave, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        string Settings() => Command.Run("/bin/stty", "-a", "-F", terminal.Slave).Ok().Text;
        var before = Settings();
        using var container = runtime.Running();
        var exec = container.PrepareExec(new Caller(Terminal: terminal.Slave, Wrapper: OwnTerminal), ["-t"], "/bin/sh", "-c", "echo ready; read x; exit 0").Start();
        terminal.WaitFor("ready");
        Until.True(() => Settings() is var now && now.Contains("-icanon", StringComparison.Ordinal) && now.Contains("-isig", StringComparison.Ordinal), "raw mode");
        terminal.Type("\n");
        exec.Wait().Ok();
        Assert.Equal(before, Settings());
    }

    [SkippableFact]
    public void Interrupt_key_is_the_containers_terminals()
    {
        using var terminal = TestTerminal.Open();
        using var container = runtime.Running();
        var exec = container.PrepareExec(new Caller(Terminal: terminal.Slave, Wrapper: OwnTerminal), ["-t"], "/bin/sh", "-c", "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.05; done").Start();
        terminal.WaitFor("ready");
        Until.True(() => Command.Run("/bin/stty", "-a", "-F", terminal.Slave).Text.Contains("-isig", StringComparison.Ordinal), "raw mode");
        terminal.Type("\u0003");
        exec.Wait().Exits(9);
        terminal.WaitFor("caught");
    }

    [SkippableFact]
    public void All_output_has_come_when_exec_ends()
    {
        using var terminal = TestTerminal.Open();
        // A terminal without a slave ends who reads its master.
        using var keep = File.Open(terminal.Slave, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        using var container = runtime.Running();
        for (var round = 0; round < 5; round++)
            container.PrepareExec(new Caller(Terminal: terminal.Slave, Wrapper: OwnTerminal), ["-t"], "/bin/sh", "-c", $"seq 1 3000; echo last{round}").Run().Ok();
        terminal.WaitFor("2999\r\n3000\r\nlast4");
        Assert.Equal(5, terminal.Shown.Split("3000\r\nlast").Length - 1);
    }

    [SkippableFact]
    public void Terminal_without_a_terminal_at_the_caller_still_is_one()
    {
        using var container = runtime.Running();
        var result = container.PrepareExec(new Caller(Input: ""), ["-t"], "/bin/sh", "-c", "tty; exit 4").Run();
        if (!RuntimeFixture.IsAnocir && result.ExitCode != 4) return; // runc 1.1 wants a terminal at the caller's standard streams.
        Assert.Equal("/dev/pts/0\r\n", result.Exits(4).Output);
    }

    [SkippableFact]
    public void Two_terminals_at_once_have_different_numbers()
    {
        using var container = runtime.Running();
        using var one = TestTerminal.Open();
        using var two = TestTerminal.Open();
        var first = container.PrepareExec(new Caller(Terminal: one.Slave, Wrapper: OwnTerminal), ["-t"], "/bin/sh", "-c", "tty; read x").Start();
        one.WaitFor("/dev/pts/0");
        var second = container.PrepareExec(new Caller(Terminal: two.Slave, Wrapper: OwnTerminal), ["-t"], "/bin/sh", "-c", "tty; read x").Start();
        two.WaitFor("/dev/pts/1");
        one.Type("\n");
        two.Type("\n");
        first.Wait();
        second.Wait();
    }

    [SkippableFact]
    public void Console_socket_gets_the_master_of_a_detached_exec()
    {
        using var receiver = new DescriptorReceiver(runtime);
        using var container = runtime.Running();
        var document = runtime.Scratch.File("console.json");
        File.WriteAllText(document, """
            { "terminal": true, "consoleSize": { "height": 33, "width": 101 }, "user": { "uid": 1000, "gid": 1000 }, "cwd": "/", "env": ["PATH=/bin"],
              "args": ["/bin/sh", "-c", "tty; stty size; test -t 0 && test -t 2 && echo both; read x; echo \"<$x>\"; stat -c %u /dev/pts/0; sleep 1000"] }
            """);
        var result = container.PrepareExec(new Caller(), ["--detach", "--console-socket", receiver.Path, "--process", document]).Run().Ok();
        using var terminal = TestTerminal.Over(receiver.Receive().Descriptor);
        terminal.WaitFor("both");
        terminal.Type("typed\n");
        terminal.WaitFor("<typed>");
        terminal.WaitFor("1000");
        Assert.StartsWith("/dev/pts/0\r\n33 101\r\nboth\r\n", terminal.Shown, StringComparison.Ordinal);
        Assert.Equal("", result.Output + result.Error);
    }

    [SkippableFact]
    public void Terminal_is_the_processs_controlling_one()
    {
        using var terminal = TestTerminal.Open();
        using var container = runtime.Running();
        var exec = container.PrepareExec(new Caller(Terminal: terminal.Slave, Wrapper: OwnTerminal), ["-t"], "/bin/sh", "-c", "echo to tty > /dev/tty; set -- $(cat /proc/$$/stat); [ $1 = $6 ] && echo leader").Run().Ok();
        terminal.WaitFor("to tty");
        terminal.WaitFor("leader");
        Assert.Equal(0, exec.ExitCode);
    }
}
