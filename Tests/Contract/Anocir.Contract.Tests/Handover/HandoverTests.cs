using System.Net.Sockets;

namespace Anocir.Contract.Tests.Handover;

/// <summary>What passes between an engine and the runtime beside words: pid files, sockets, descriptors, processes.</summary>
public sealed class HandoverTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Pid_file_is_digits_only_and_comes_by_a_rename()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var folder = runtime.Scratch.Folder("pid-rename");
        var path = Path.Combine(folder, "pid");
        File.WriteAllText(path, "old content");
        using var old = File.OpenText(path);
        container.Create("--pid-file", path).Ok();
        Assert.Equal(container.Pid.ToString(CultureInfo.InvariantCulture), File.ReadAllText(path));
        // Who had the old file open reads the old file, whole: it was replaced, not written into.
        Assert.Equal("old content", old.ReadToEnd());
        Assert.Equal([path], Directory.GetFileSystemEntries(folder));
    }

    [SkippableTheory]
    [InlineData("nothere", "--console-socket=")]
    [InlineData("/bin/true", "--console-socket=/nowhere")]
    public void Failed_create_leaves_no_pid_file(string program, string flag)
    {
        using var container = runtime.Container(c => c.Args(program));
        var path = runtime.Scratch.File("failed", container.Id);
        string[] flags = flag.EndsWith('=') ? [] : [flag];
        container.Create([.. flags, "--pid-file", path]).Exits(1);
        Assert.False(File.Exists(path));
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Pid_file_is_written_after_the_console_was_handed_over()
    {
        using var receiver = new DescriptorReceiver(runtime);
        using var container = runtime.Container(c => c.Args("sleep", "1000").Set("process.terminal", "true"));
        var path = runtime.Scratch.File("last", "pid");
        container.Create("--console-socket", receiver.Path, "--pid-file", path).Ok();
        // Nobody has accepted yet: the runtime wrote, closed and ended without an answer, as containerd's shim needs it.
        Assert.True(File.Exists(path));
        var (payload, descriptor) = receiver.Receive();
        using var terminal = TestTerminal.Over(descriptor);
        Assert.InRange(payload.Length, 1, 4095);
    }

    [SkippableFact]
    public void Console_socket_gets_one_message_with_one_descriptor_and_is_closed()
    {
        runtime.Require();
        var path = runtime.Scratch.File("console.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var container = runtime.Container(c => c.Script("tty; sleep 1000").Set("process.terminal", "true"));
        container.Create("--console-socket", path).Ok();
        Assert.True(listener.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead), "nobody connected");
        using var connection = listener.Accept();
        var (payload, descriptors) = Native.ReceiveDescriptors((int)connection.Handle);
        Assert.NotEmpty(payload);
        using var terminal = TestTerminal.Over(Assert.Single(descriptors));
        connection.ReceiveTimeout = 10_000;
        Assert.Equal(0, connection.Receive(new byte[16]));
        Assert.False(listener.Poll(0, SelectMode.SelectRead), "it connected twice");
        container.Start().Ok();
        terminal.WaitFor("/dev/pts/0");
    }

    [SkippableFact]
    public void Console_socket_of_exec_gets_its_terminal()
    {
        RuntimeUnderTest.Require("exec");
        using var receiver = new DescriptorReceiver(runtime);
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        runtime.Call("exec", "--tty", "--console-socket", receiver.Path, "--detach", container.Id, "/bin/sh", "-c", "tty; read x; echo \"<$x>\"").Ok();
        using var terminal = TestTerminal.Over(receiver.Receive().Descriptor);
        terminal.WaitFor("/dev/pts/");
        terminal.Type("typed\n");
        terminal.WaitFor("<typed>");
    }

    [SkippableTheory]
    [InlineData("create", "standard")]
    [InlineData("run", "standard")]
    [InlineData("exec", "setns")]
    public void Pidfd_socket_gets_the_pidfd_under_its_name(string verb, string name)
    {
        runtime.Require();
        RuntimeUnderTest.Require(verb);
        Fair.Since("1.2.0", "no --pidfd-socket");
        using var receiver = new DescriptorReceiver(runtime);
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var pid = runtime.Scratch.File("pidfd", verb);
        if (verb == "exec")
        {
            container.Run("--detach").Ok();
            runtime.Call("exec", "--detach", "--pid-file", pid, "--pidfd-socket", receiver.Path, container.Id, "sleep", "1000").Ok();
        }
        else
        {
            string[] flags = verb == "run" ? ["--detach"] : [];
            container.Prepare(verb, [.. flags, "--pid-file", pid, "--pidfd-socket", receiver.Path]).Run().Ok();
        }

        var (payload, pidfd) = receiver.Receive();
        var info = File.ReadAllLines($"/proc/self/fdinfo/{pidfd}");
        Native.Close(pidfd);
        Assert.Equal(name, payload);
        Assert.Contains($"Pid:\t{File.ReadAllText(pid)}", info);
    }

    [SkippableFact]
    public void Preserved_descriptors_are_counted_from_3()
    {
        using var container = runtime.Container(c => c.Script("cat <&3; cat <&4"));
        var (first, second) = (runtime.Scratch.File("first"), runtime.Scratch.File("second"));
        File.WriteAllText(first, "1\n");
        File.WriteAllText(second, "2\n");
        container.Prepare("run", new Caller(Redirections: $"3<{first} 4<{second}"), "--preserve-fds", "2").Run().Ok().Prints("1\n2");
    }

    [SkippableFact]
    public void Activation_sockets_of_conmon_arrive_with_their_variables()
    {
        using var container = runtime.Container(c => c.Script("echo $LISTEN_FDS $LISTEN_PID; cat <&3"));
        var file = runtime.Scratch.File("activation");
        File.WriteAllText(file, "through 3\n");
        // conmon sets LISTEN_PID to the pid that the runtime will have, for the shell becomes it.
        container.Prepare("run", new Caller(Before: "export LISTEN_PID=$$ LISTEN_FDS=1;", Redirections: $"3<{file}")).Run().Ok().Prints("1 1\nthrough 3");
    }

    [SkippableFact]
    public void Init_and_what_is_executed_belong_to_the_subreaper_that_called()
    {
        using var container = runtime.Container(c => c.Script("trap 'exit 5' TERM; while :; do sleep 0.05; done"));
        container.Bundle.Save();
        var bundle = container.Bundle.Directory;
        using var shim = Subreaper.Start(runtime, "create", "create", "--bundle", bundle, "--pid-file", $"{bundle}/pid", container.Id);
        var pid = container.Pid;
        Assert.Equal(shim.Pid, Processes.Parent(pid));
        container.Start().Ok();
        if (Command.Run(RuntimeUnderTest.Path, "exec", "--help").ExitCode == 0)
        {
            using var other = Subreaper.Start(runtime, "exec", "exec", "--detach", "--pid-file", $"{bundle}/exec", container.Id, "/bin/sh", "-c", "sleep 0.2; exit 6");
            var executed = Processes.FromFile($"{bundle}/exec")!.Value;
            Assert.Equal(6 << 8, other.StatusOf(executed));
        }

        Until.True(() => (ulong.Parse(Processes.Status(pid, "SigCgt")!, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 1 << 14) != 0, "the trap");
        container.Kill("TERM").Ok();
        Assert.Equal(5 << 8, shim.StatusOf(pid));
        container.WaitForStatus("stopped");
    }

    [SkippableFact]
    public void Caller_that_dies_with_the_runtimes_parent_signal_leaves_the_container()
    {
        // go-runc and conmon let the kernel kill the runtime when they die; init must not have inherited that.
        var setpriv = Programs.Require("setpriv");
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Prepare("create", new Caller(Wrapper: $"{setpriv} --pdeathsig KILL")).Run().Ok();
        container.Start().Ok();
        Assert.Equal("running", container.Status);
        Assert.True(Processes.Alive(container.Pid));
    }

    [SkippableFact]
    public void Init_is_in_its_cgroups_when_create_returns()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var path = (string)container.Bundle.Config["linux"]!["cgroupsPath"]!;
        foreach (var controller in new[] { "memory", "pids", "cpu", "freezer", "devices" })
        {
            if (Cgroups.IsUnified(controller)) continue;
            Assert.EndsWith(path, Cgroups.Of(container.Pid, controller), StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void Runtime_with_a_pipe_for_both_outputs_leaves_it_to_the_container_alone()
    {
        using var container = runtime.Container(c => c.Script("echo 1; echo 2 >&2; echo 3"));
        container.Prepare("create", new Caller(Redirections: "2>&1")).Run().Ok();
        container.Start().Ok();
        container.WaitGone();
        Until.True(() => container.Output == "1\n2\n3\n", "the three lines", explain: () => container.Output);
    }
}
