using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Containerd;

/// <summary>ctr run in the foreground: streams, exit codes, and what its options do to the container.</summary>
[Collection(ContainerdCollection.Name)]
public sealed class ContainerdRunTests(ContainerdDaemon daemon)
{
    private readonly ContainerdDaemon _containerd = daemon.Ready();

    [SkippableFact]
    public void Run_keeps_its_streams_and_exit_code()
    {
        var result = _containerd.Sh([], "echo o; echo e >&2; exit 7").Exits(7).Prints("o");
        Assert.Equal("e", result.Error.Trim());
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(42)]
    public void Run_exits_as_its_program_does(int code) => _containerd.Sh([], $"exit {code}").Exits(code);

    [SkippableFact]
    public void Run_with_piped_input_reads_it() =>
        // ctr 1.6 does not pass the end of its input on (with runc neither), so the program must not wait for it.
        _containerd.Feed("one\ntwo\n", "sh", "-c", "read a; read b; echo $b $a").Ok().Prints("two one");

    [SkippableFact]
    public void Run_on_a_terminal_gives_the_program_a_pty()
    {
        // ctr may end before it has shown the last of the terminal's output (with runc too): what counts goes to a file.
        var directory = _containerd.Scratch.Folder("volumes", "tty");
        _containerd.OnTerminal("typed\n", ["--mount", $"type=bind,src={directory},dst=/v,options=rbind:rw"],
            "sh", "-c", "read word; test -t 1 && (tty; echo $word) > /v/seen; exit 3").Exits(3);
        Assert.Equal("/dev/pts/0\ntyped\n", File.ReadAllText(Path.Combine(directory, "seen")));
    }

    [SkippableFact]
    public void Missing_program_fails_with_the_usual_words_and_leaves_nothing()
    {
        var name = _containerd.NewName();
        _containerd.Ctr(["run", "--rm", .. ContainerdDaemon.WithRuntime, ContainerdDaemon.Image, name, "no-such-program"])
            .Exits(1).Complains("executable file not found in $PATH");
        _containerd.AssertNothingLeftOf(name);
    }

    [SkippableFact]
    public void Removed_run_leaves_nothing()
    {
        var name = _containerd.NewName();
        _containerd.Ctr(["run", "--rm", .. ContainerdDaemon.WithRuntime, ContainerdDaemon.Image, name, "true"]).Ok();
        _containerd.AssertNothingLeftOf(name);
        _containerd.Ctr("containers", "ls", "-q").Ok().Hides(name);
    }

    [SkippableFact]
    public void Run_is_in_the_cgroup_of_its_name() =>
        _containerd.Run([], "cat", "/proc/self/cgroup").Ok().Shows(_containerd.CgroupParent + "/");

    [SkippableFact]
    public void Run_in_a_given_cgroup_is_there() =>
        _containerd.Run(["--cgroup", _containerd.CgroupParent + "/given/below"], "cat", "/proc/self/cgroup").Ok().Shows(_containerd.CgroupParent + "/given/below");

    [SkippableFact]
    public void Read_only_root_refuses_writes() =>
        _containerd.Sh(["--read-only"], "echo x > /x").Exits(1).Complains("Read-only file system");

    [SkippableFact]
    public void Mounts_bind_read_write_and_read_only()
    {
        var directory = _containerd.Scratch.Folder("volumes", "both");
        File.WriteAllText(Path.Combine(directory, "in"), "from outside");
        _containerd.Sh(
            ["--mount", $"type=bind,src={directory},dst=/rw,options=rbind:rw", "--mount", $"type=bind,src={directory},dst=/ro,options=rbind:ro",
             "--mount", "type=tmpfs,src=tmpfs,dst=/t,options=size=1m"],
            "cat /ro/in; echo from inside > /rw/out; grep -c 'tmpfs /t tmpfs.*size=1024k' /proc/mounts; echo x > /ro/x")
            .Exits(1).Prints("from outside1").Complains("Read-only file system");
        Assert.Equal("from inside\n", File.ReadAllText(Path.Combine(directory, "out")));
    }

    [SkippableFact]
    public void Environment_and_directory_are_those_asked_for() =>
        _containerd.Sh(["--env", "COLOUR=blue", "--cwd", "/tmp"], "echo $COLOUR; pwd").Ok().Prints("blue\n/tmp");

    [SkippableFact]
    public void Memory_limit_is_in_the_group()
    {
        using var task = _containerd.StartSh(["--memory-limit", "67108864"], "exec sleep 1000");
        Assert.Equal("67108864", Cgroups.Read(task.Pid, "memory", "memory.limit_in_bytes", "memory.max"));
    }

    [SkippableFact]
    public void Cpus_become_a_quota()
    {
        using var task = _containerd.StartSh(["--cpus", "0.5"], "exec sleep 1000");
        Assert.StartsWith("50000", Cgroups.Read(task.Pid, "cpu", "cpu.cfs_quota_us", "cpu.max"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Capabilities_are_added_and_dropped()
    {
        _containerd.Run(["--cap-add", "CAP_SYS_TIME"], "grep", "CapEff", "/proc/self/status").Ok().Shows("00000000aa0425fb");
        _containerd.Run(["--cap-drop", "CAP_CHOWN"], "grep", "CapEff", "/proc/self/status").Ok().Shows("00000000a80425fa");
    }

    [SkippableFact]
    public void New_privileges_are_refused_unless_allowed()
    {
        _containerd.Run([], "grep", "NoNewPrivs", "/proc/self/status").Ok().Shows("\t1");
        _containerd.Run(["--allow-new-privs"], "grep", "NoNewPrivs", "/proc/self/status").Ok().Shows("\t0");
    }

    [SkippableFact]
    public void Seccomp_filters_when_asked_for()
    {
        _containerd.Run([], "grep", "^Seccomp:", "/proc/self/status").Ok().Shows("\t0");
        _containerd.Run(["--seccomp"], "grep", "^Seccomp:", "/proc/self/status").Ok().Shows("\t2");
        _containerd.Run(["--seccomp"], "unshare", "-U", "true").Exits(1).Complains("Operation not permitted");
    }

    [SkippableFact]
    public void Host_network_is_the_hosts() =>
        _containerd.Run(["--net-host"], "readlink", "/proc/self/ns/net").Ok().Prints(Processes.Namespace(Environment.ProcessId, "net"));

    [SkippableFact]
    public void Namespace_of_another_task_is_joined()
    {
        using var other = _containerd.StartSh([], "exec sleep 1000");
        _containerd.Run(["--with-ns", $"uts:/proc/{other.Pid}/ns/uts"], "readlink", "/proc/self/ns/uts").Ok().Prints(Processes.Namespace(other.Pid, "uts"));
    }

    [SkippableFact]
    public void User_namespace_maps_ids()
    {
        var result = _containerd.Sh(["--uidmap", "0:100000:65536", "--gidmap", "0:100000:65536"], "cat /proc/self/uid_map; id -u").Ok();
        Assert.Matches(@"^\s*0\s+100000\s+65536\s+0$", result.Output.TrimEnd());
    }

    [SkippableFact]
    public void Device_given_is_there()
    {
        Skip.IfNot(File.Exists("/dev/fuse"), "no /dev/fuse to be given");
        _containerd.Sh(["--device", "/dev/fuse"], "ls -l /dev/fuse; : < /dev/fuse && echo opened").Ok().Shows("10, 229").Shows("opened");
    }

    [SkippableFact]
    public void Root_without_pivot_works_as_well() => _containerd.Run(["--no-pivot"], "echo", "unpivoted").Ok().Prints("unpivoted");

    [SkippableFact]
    public void User_and_configuration_come_from_a_file()
    {
        var file = _containerd.Scratch.File("config", "config.json");
        var rootfs = _containerd.Scratch.Folder("config", "rootfs");
        Command.Run("/bin/tar", "-C", rootfs, "-xf", _containerd.Scratch.File("box.tar")).Ok();
        File.WriteAllText(file, $$$"""
            {"ociVersion":"1.0.2","process":{"args":["id"],"cwd":"/","env":["PATH=/bin"],"user":{"uid":1000,"gid":1000,"additionalGids":[10]}},
             "root":{"path":"{{{rootfs}}}"},"hostname":"from-file",
             "mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
             "linux":{"cgroupsPath":"{{{_containerd.CgroupParent}}}/from-file","namespaces":[{"type":"pid"},{"type":"mount"},{"type":"uts"},{"type":"ipc"},{"type":"network"}]}}
            """);
        _containerd.Ctr(["run", "--rm", .. ContainerdDaemon.WithRuntime, "--config", file, _containerd.NewName()])
            .Ok().Prints("uid=1000(alice) gid=1000(alice) groups=10(wheel)");
    }
}
