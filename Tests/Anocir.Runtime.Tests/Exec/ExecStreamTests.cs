namespace Anocir.Runtime.Tests.Exec;

/// <summary>What goes in and out of an exec: streams, exit codes, signals, descriptors, pids.</summary>
public sealed class ExecStreamTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string ShowDescriptors = "ls -l /proc/$$/fd";

    [SkippableTheory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 42", 42)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -SEGV $$", 139)]
    public void Exec_exits_as_the_program_does(string script, int code)
    {
        using var container = runtime.Running();
        var result = container.ExecScript($"echo out; echo err >&2; {script}").Exits(code);
        Assert.Equal("out\n", result.Output);
        Assert.Equal("err\n", result.Error);
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Standard_input_reaches_the_program()
    {
        using var container = runtime.Running();
        container.PrepareExec(new Caller(Input: "a\nb\n"), [], "cat").Run().Ok().Prints("a\nb");
    }

    [SkippableFact]
    public void Arguments_after_the_command_are_the_commands_own()
    {
        using var container = runtime.Running();
        container.Exec("echo", "--user", "-t", "--", "x y", "").Ok().Prints("--user -t -- x y");
    }

    [SkippableFact]
    public void Large_output_and_input_arrive_whole()
    {
        using var container = runtime.Running();
        var input = string.Concat(Enumerable.Range(0, 100_000).Select(n => $"line {n}\n"));
        Assert.Equal(input, container.PrepareExec(new Caller(Input: input), [], "cat").Run().Ok().Output);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(15)]
    [InlineData(18)]
    [InlineData(35)]
    [InlineData(64)]
    public void Signals_to_exec_are_passed_on(int signal)
    {
        using var container = runtime.Running();
        var exec = container.PrepareExec(new Caller(), [], "/bin/sh", "-c", $"trap 'echo got it; exit 7' {signal}; echo ready; while :; do sleep 0.05; done").Start();
        Until.True(() => exec.Output.Contains("ready", StringComparison.Ordinal), "the program to be ready");
        Until.True(() => Catches(exec.Pid, signal), "the signal to be caught");
        Processes.Signal(exec.Pid, signal.ToString(CultureInfo.InvariantCulture));
        Assert.Equal("ready\ngot it\n", exec.Wait().Exits(7).Output);
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Kill_of_the_caller_leaves_the_process_running()
    {
        using var container = runtime.Running();
        var exec = container.PrepareExec(new Caller(), [], "/bin/sh", "-c", "echo ready; read x < /tmp/gate; echo on > /tmp/mark").Start();
        Command.Run("/usr/bin/mkfifo", container.Bundle.InRootfs("/tmp/gate")).Ok();
        Until.True(() => exec.Output.Contains("ready", StringComparison.Ordinal) || exec.Error.Length > 0, "the program to be ready");
        Processes.Signal(exec.Pid, "KILL");
        exec.Wait().Exits(137);
        Assert.True(Directory.Exists($"/proc/{container.Pid}"));
        File.WriteAllText(container.Bundle.InRootfs("/tmp/gate"), "go\n");
        Until.True(() => File.Exists(container.Bundle.InRootfs("/tmp/mark")), "the process goes on");
    }

    [SkippableFact]
    public void Detached_exec_returns_at_once_and_the_process_is_the_callers_to_reap()
    {
        using var container = runtime.Running();
        var pidFile = runtime.Scratch.File("detached.pid");
        container.PrepareExec(new Caller(), ["--detach", "--pid-file", pidFile], "sleep", "1000").Run().Ok();
        var pid = int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);
        Assert.Equal("sleep\u00001000\u0000", File.ReadAllText($"/proc/{pid}/cmdline"));
        Assert.NotEqual(container.Pid, pid);
        if (RuntimeFixture.IsAnocir) Assert.NotEqual(runtime.Supervisor, Processes.Parent(pid));
        Assert.Contains(pid.ToString(CultureInfo.InvariantCulture), runtime.Call("ps", "--format", "json", container.Id).Ok().Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Pid_file_holds_digits_only_and_is_relative_to_the_caller()
    {
        using var container = runtime.Running();
        var folder = runtime.Scratch.Folder("execpids");
        var result = container.PrepareExec(new Caller(Directory: folder, Before: "umask 027;"), ["--pid-file", "p"], "/bin/sh", "-c", "until [ -e /tmp/go ]; do sleep 0.02; done; echo $$").Start();
        var file = Path.Combine(folder, "p");
        Until.True(() => File.Exists(file), "the pid file");
        var pid = int.Parse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture);
        Assert.Equal((UnixFileMode)0x1A0, File.GetUnixFileMode(file));
        Assert.Equal(["p"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));
        var inside = Processes.Status(pid, "NSpid")!.Split('\t')[^1];
        File.WriteAllText(container.Bundle.InRootfs("/tmp/go"), "");
        result.Wait().Ok().Prints(inside);
    }

    [SkippableFact]
    public void Pidfd_socket_gets_the_pidfd_of_the_process()
    {
        runtime.RequireAnocir("runc 1.1 has no pidfd socket");
        using var receiver = new DescriptorReceiver(runtime);
        using var container = runtime.Running();
        var pidFile = runtime.Scratch.File("pidfd.pid");
        container.PrepareExec(new Caller(), ["-d", "--pid-file", pidFile, "--pidfd-socket", receiver.Path], "sleep", "1000").Run().Ok();
        var (payload, pidfd) = receiver.Receive();
        Assert.Equal("setns", payload);
        var info = File.ReadAllLines($"/proc/self/fdinfo/{pidfd}");
        Native.Close(pidfd);
        Assert.Contains($"Pid:\t{File.ReadAllText(pidFile)}", info);
    }

    [SkippableFact]
    public void Process_has_0_1_and_2_only_whatever_the_caller_has_open()
    {
        using var container = runtime.Running();
        var caller = new Caller(Redirections: "3</etc/passwd 4</ 5<>/dev/null 8</proc 9</tmp");
        Assert.Equal(["0", "1", "2"], Numbers(container.PrepareExec(caller, [], "/bin/sh", "-c", ShowDescriptors).Run().Ok().Output));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public void Preserved_descriptors_arrive_at_their_numbers(int count)
    {
        runtime.RequireAnocir("runc 1.1.5 hands on more than was asked for");
        using var container = runtime.Running();
        var passed = runtime.Scratch.File($"passed{count}");
        File.WriteAllText(passed, "from outside\n");
        var caller = new Caller(Redirections: $"3<{passed} 4</dev/zero 5</dev/full 6</etc/passwd 7</");
        var output = container.PrepareExec(caller, ["--preserve-fds", $"{count}"], "/bin/sh", "-c", ShowDescriptors + "; cat <&3").Run().Ok().Output;
        Assert.Equal(Enumerable.Range(0, 3 + count).Select(n => $"{n}"), Numbers(output));
        Assert.EndsWith("from outside\n", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Listening_descriptors_arrive_with_their_variables()
    {
        using var container = runtime.Running();
        var caller = new Caller(
            Before: "export LISTEN_PID=$$ LISTEN_FDS=2;", Redirections: "3</dev/zero 4</dev/full 5</etc/passwd 6</");
        var output = container.PrepareExec(caller, ["--preserve-fds", "1"], "/bin/sh", "-c", ShowDescriptors + "; echo $LISTEN_FDS $LISTEN_PID").Run().Ok().Output;
        Assert.Equal(["0", "1", "2", "3", "4", "5"], Numbers(output));
        Assert.EndsWith("2 1\n", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Signals_are_at_their_defaults_whatever_the_caller_ignores_or_blocks()
    {
        runtime.RequireAnocir("runc hands ignored and blocked signals on");
        using var container = runtime.Running();
        var caller = new Caller(Wrapper: "/usr/bin/env --ignore-signal=HUP --ignore-signal=PIPE --block-signal=USR2 --block-signal=TERM");
        container.PrepareExec(caller, [], "/bin/grep", "-E", "Sig(Blk|Ign):", "/proc/self/status").Run().Ok()
            .Prints("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000");
    }

    [SkippableFact]
    public void What_the_program_leaves_behind_is_reaped_by_the_caller_in_the_foreground()
    {
        // A process outside the container's pid namespace has no other to fall to but a subreaper.
        using var container = runtime.Running(c => c.WithoutNamespace("pid"));
        var exec = container.ExecScript("(sleep 0.2; grep PPid /proc/self/status > /tmp/parent) & exit 3").Exits(3);
        Assert.Equal("", exec.Output);
        Until.True(() => File.Exists(container.Bundle.InRootfs("/tmp/parent")), "the orphan to end");
    }

    private static string[] Numbers(string output) =>
        [.. output.Split('\n').Where(line => line.Contains(" -> ", StringComparison.Ordinal)).Select(line => line.Split(" -> ")[0].Split(' ')[^1])];

    private static bool Catches(int pid, int signal)
    {
        var mask = ulong.Parse(Processes.Status(pid, "SigCgt") ?? "0", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (mask & (1UL << (signal - 1))) != 0;
    }
}
