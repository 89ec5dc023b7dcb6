using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>docker run in the foreground: streams, exit codes, terminals, and programs that cannot be started.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerRunTests(DockerDaemon daemon)
{
    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableFact]
    public void Info_names_the_runtime_as_default_and_reads_its_version()
    {
        _docker.Call("info", "-f", "{{.DefaultRuntime}}").Ok().Prints(DockerDaemon.RegisteredName);
        Assert.NotEqual("N/A", _docker.Call("info", "-f", "{{.RuncCommit.ID}}").Ok().Text);
    }

    [SkippableFact]
    public void Run_keeps_standard_output_and_error_apart()
    {
        var result = _docker.Sh([], "echo to-output; echo to-error >&2").Ok().Prints("to-output");
        Assert.Equal("to-error", result.Error.Trim());
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(42)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(255)]
    public void Run_of_a_program_that_exits_exits_alike(int code) => _docker.Sh([], $"exit {code}").Exits(code);

    [SkippableTheory]
    [InlineData("KILL", 137)]
    [InlineData("TERM", 143)]
    [InlineData("SEGV", 139)]
    public void Run_of_a_program_that_dies_of_a_signal_exits_with_128_and_its_number(string signal, int code) =>
        // In the host's pid namespace init has no protection from its own signals.
        _docker.Sh(["--pid", "host"], $"kill -{signal} $$; sleep 5").Exits(code);

    [SkippableFact]
    public void Run_on_the_host_network_joins_the_hosts_namespace() =>
        _docker.Run(["--network", "host"], "readlink", "/proc/self/ns/net").Ok()
            .Prints(Processes.Namespace(Environment.ProcessId, "net"));

    [SkippableFact]
    public void Run_without_a_network_has_only_a_loopback_of_its_own()
    {
        var result = _docker.Sh([], "readlink /proc/self/ns/net; ls /sys/class/net").Ok().Shows("lo").Hides("eth");
        Assert.NotEqual(Processes.Namespace(Environment.ProcessId, "net"), result.Lines[0]);
    }

    [SkippableFact]
    public void Run_with_piped_input_reads_it_to_its_end() =>
        _docker.Feed("one\ntwo\n", "run", "--rm", "-i", "--network", "none", ContainerEngine.Image, "cat").Ok().Prints("one\ntwo");

    [SkippableFact]
    public void Run_with_a_megabyte_of_input_passes_all_of_it()
    {
        var input = string.Concat(Enumerable.Range(0, 1 << 16).Select(line => $"{line:D15}\n"));
        _docker.Feed(input, "run", "--rm", "-i", "--network", "none", ContainerEngine.Image, "wc", "-c").Ok().Prints($"{1 << 20}");
    }

    [SkippableFact]
    public void Run_without_interactive_reads_nothing() =>
        _docker.Feed("unseen\n", "run", "--rm", "--network", "none", ContainerEngine.Image, "cat").Ok().Prints("");

    [SkippableFact]
    public void Run_with_a_megabyte_of_output_loses_none()
    {
        var result = _docker.Sh([], "i=0; while [ $i -lt 65536 ]; do echo 123456789012345; i=$((i+1)); done").Ok();
        Assert.Equal(1 << 20, result.Output.Length);
    }

    [SkippableFact]
    public void Run_on_a_terminal_gives_the_program_a_pty()
    {
        _docker.OnTerminal("", "run", "--rm", "-t", "--network", "none", ContainerEngine.Image,
            "sh", "-c", "tty; test -t 0 && test -t 1 && test -t 2 && echo all-three; ls -l /dev/console; exit 3")
            .Exits(3).Shows("/dev/pts/0").Shows("all-three").Shows("crw");
    }

    [SkippableFact]
    public void Run_on_a_terminal_passes_what_is_typed() =>
        _docker.OnTerminal("hello\n", "run", "--rm", "-it", "--network", "none", ContainerEngine.Image, "sh", "-c", "read word; echo got-$word")
            .Ok().Shows("got-hello");

    [SkippableFact]
    public void Run_on_a_terminal_takes_the_size_of_the_callers()
    {
        var docker = Programs.Require("docker");
        string[] run = ["-H", $"unix://{_docker.Scratch.File("docker.sock")}", "run", "--rm", "-it", "--network", "none", ContainerEngine.Image,
            "sh", "-c", "i=0; until stty size | grep -q '^33 101'; do usleep 10000; i=$((i+1)); [ $i -lt 500 ] || exit 9; done; echo size-came"];
        var line = string.Join(' ', run.Prepend(docker).Select(Pty.Quote));
        Pty.Run(new Command(docker, []), "/bin/sh", ["-c", $"stty rows 33 cols 101; {line}"]).Ok().Shows("size-came");
    }

    [SkippableFact]
    public void Detached_terminal_logs_carriage_returns()
    {
        using var container = _docker.StartSh(["-t"], "tty; echo line");
        Assert.Equal(0, container.Wait());
        Assert.Contains("/dev/pts/0\r\nline\r\n", container.Logs().Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Missing_program_fails_with_127_and_the_usual_words() =>
        _docker.Run([], "no-such-program").Exits(127).Complains("\"no-such-program\"").Complains("executable file not found in $PATH");

    [SkippableFact]
    public void Missing_absolute_program_fails_with_127() =>
        _docker.Run([], "/no/such/program").Exits(127).Complains("/no/such/program").Complains("no such file or directory");

    [SkippableTheory]
    [InlineData("/etc/plain")]
    [InlineData("/etc")]
    public void Program_that_cannot_be_executed_fails_with_126(string path) =>
        _docker.Run([], path).Exits(126).Complains(path);

    [SkippableFact]
    public void Failed_start_is_remembered_and_leaves_nothing()
    {
        var name = _docker.NewName();
        _docker.Call("run", "--name", name, "--network", "none", ContainerEngine.Image, "no-such-program").Exits(127);
        var container = new EngineContainer(_docker, name);
        using (container)
        {
            Assert.Equal("created", container.Status);
            Assert.Equal(127, container.ExitCode);
            _docker.AssertNothingLeftOf(container.Id);
        }
    }

    [SkippableFact]
    public void Missing_working_directory_is_made() => _docker.Run(["--workdir", "/made/for/it"], "pwd").Ok().Prints("/made/for/it");

    [SkippableFact]
    public void Environment_holds_what_was_asked_for_and_the_usual()
    {
        var result = _docker.Run(["-e", "COLOUR=blue", "-e", "EMPTY=", "--hostname", "box1", "--user", "alice"], "env").Ok();
        Assert.Contains("COLOUR=blue", result.Lines);
        Assert.Contains("EMPTY=", result.Lines);
        Assert.Contains("HOSTNAME=box1", result.Lines);
        Assert.Contains("HOME=/home/alice", result.Lines);
        Assert.Contains(result.Lines, line => line.StartsWith("PATH=", StringComparison.Ordinal));
        Assert.DoesNotContain(result.Lines, line => line.StartsWith("ANOCIR", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Entrypoint_takes_the_command_as_its_arguments() =>
        _docker.Run(["--entrypoint", "/bin/echo"], "a b", "c").Ok().Prints("a b c");

    [SkippableFact]
    public void Program_inherits_no_descriptor_but_the_three()
    {
        var result = _docker.Sh([], "ls -l /proc/1/fd; true").Ok().Hides("socket:");
        Assert.Equal(3, result.Lines.Count(line => line.Contains("->", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public void Program_runs_as_pid_1_with_default_signals_in_its_own_session()
    {
        var result = _docker.Run([], "cat", "/proc/self/stat", "/proc/self/status").Ok();
        Assert.StartsWith("1 (cat)", result.Lines[0], StringComparison.Ordinal);
        Assert.Matches(@"SigBlk:\s+0{16}", result.Output);
        Assert.Matches(@"SigIgn:\s+0{16}", result.Output);
    }
}
