using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Podman;

/// <summary>podman run in the foreground: streams, exit codes, terminals, and what its options do to the container.</summary>
[Collection(PodmanCollection.Name)]
public sealed class PodmanRunTests(PodmanEngine engine)
{
    private readonly PodmanEngine _podman = engine.Ready();

    [SkippableFact]
    public void Run_keeps_its_streams_apart()
    {
        var result = _podman.Sh([], "echo o; echo e >&2").Ok().Prints("o");
        Assert.Equal("e", result.Error.Trim());
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(42)]
    [InlineData(143)]
    public void Run_exits_as_its_program_does(int code) => _podman.Sh([], $"exit {code}").Exits(code);

    [SkippableFact]
    public void Run_of_a_program_that_dies_of_a_signal_exits_with_128_and_its_number() =>
        _podman.Sh(["--pid", "host"], "kill -TERM $$; sleep 5").Exits(143);

    [SkippableFact]
    public void Missing_program_fails_with_127_and_the_usual_words() =>
        _podman.Run([], "no-such-program").Exits(127).Complains("executable file").Complains("not found in $PATH");

    [SkippableFact]
    public void Program_that_cannot_be_executed_fails_with_126() => _podman.Run([], "/etc/plain").Exits(126).Complains("permission denied");

    [SkippableFact]
    public void Run_with_piped_input_reads_it_to_its_end() =>
        _podman.Feed("one\ntwo\n", "run", "--rm", "-i", "--network", "none", "--cgroup-parent", _podman.CgroupParent, ContainerEngine.Image, "cat").Ok().Prints("one\ntwo");

    [SkippableFact]
    public void Run_on_a_terminal_gives_the_program_a_pty() =>
        _podman.OnTerminal("", "run", "--rm", "-t", "--network", "none", "--cgroup-parent", _podman.CgroupParent, ContainerEngine.Image, "sh", "-c", "tty; exit 3")
            .Exits(3).Shows("/dev/pts/0");

    [SkippableFact]
    public void Environment_directory_name_and_entrypoint_are_those_asked_for()
    {
        _podman.Sh(["-e", "COLOUR=blue", "-w", "/tmp", "--hostname", "named"], "echo $COLOUR; pwd; hostname").Ok().Prints("blue\n/tmp\nnamed");
        _podman.Run(["--entrypoint", "/bin/echo"], "a b", "c").Ok().Prints("a b c");
    }

    [SkippableFact]
    public void Host_network_is_the_hosts() =>
        _podman.Run(["--network", "host"], "readlink", "/proc/self/ns/net").Ok().Prints(Processes.Namespace(Environment.ProcessId, "net"));

    [SkippableFact]
    public void Read_only_root_refuses_writes()
    {
        _podman.Sh(["--read-only"], "echo x > /x").Exits(1).Complains("Read-only file system");
        _podman.Sh(["--read-only", "--tmpfs", "/scratch:size=1m"], "echo kept > /scratch/x; cat /scratch/x; grep -c ' /scratch .*size=1024k' /proc/mounts").Ok().Prints("kept\n1");
    }

    [SkippableFact]
    public void Volumes_are_shared_as_they_say()
    {
        var directory = _podman.Scratch.Folder("volumes", "both");
        File.WriteAllText(Path.Combine(directory, "in"), "from outside\n");
        _podman.Sh(["-v", $"{directory}:/rw", "-v", $"{directory}:/ro:ro"], "cat /ro/in; echo from inside > /rw/out; echo x > /ro/x")
            .Exits(1).Prints("from outside").Complains("Read-only file system");
        Assert.Equal("from inside\n", File.ReadAllText(Path.Combine(directory, "out")));
    }

    [SkippableTheory]
    [InlineData("1234:5678", "1234\n5678")]
    [InlineData("bob", "1001\n1001")]
    public void User_is_the_one_asked_for(string user, string ids) => _podman.Sh(["--user", user], "id -u; id -g").Ok().Prints(ids);

    [SkippableFact]
    public void Group_added_is_there() =>
        _podman.Run(["--user", "alice", "--group-add", "4242"], "grep", "Groups:", "/proc/self/status").Ok().Shows("4242");

    [SkippableFact]
    public void Capabilities_are_added_and_dropped()
    {
        // Podman takes its defaults from a file that the distribution owns; the two bits alone are what is asked for.
        var plain = Capabilities();
        Assert.Equal(plain | (1UL << 25), Capabilities("--cap-add", "SYS_TIME"));
        Assert.Equal(plain & ~1UL, Capabilities("--cap-drop", "CHOWN"));
        Assert.Equal(0UL, Capabilities("--cap-drop", "ALL"));
    }

    [SkippableFact]
    public void Seccomp_filters_unless_unconfined()
    {
        _podman.Run([], "grep", "^Seccomp:", "/proc/self/status").Ok().Shows("\t2");
        _podman.Run(["--security-opt", "seccomp=unconfined"], "grep", "^Seccomp:", "/proc/self/status").Ok().Shows("\t0");
        var profile = _podman.Scratch.File("profile.json");
        File.WriteAllText(profile, """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}""");
        _podman.Sh(["--security-opt", $"seccomp={profile}"], "touch /y && mkdir /x").Exits(1).Complains("Operation not permitted");
    }

    [SkippableFact]
    public void No_new_privileges_is_set_when_asked_for() =>
        _podman.Run(["--security-opt", "no-new-privileges"], "grep", "NoNewPrivs", "/proc/self/status").Ok().Shows("\t1");

    [SkippableFact]
    public void Limits_are_in_the_group()
    {
        using var container = _podman.Start(["-m", "64m", "--cpus", "0.5", "--pids-limit", "30"], "sleep", "1000");
        Assert.Equal("67108864", Cgroups.Read(container.Pid, "memory", "memory.limit_in_bytes", "memory.max"));
        Assert.StartsWith("50000", Cgroups.Read(container.Pid, "cpu", "cpu.cfs_quota_us", "cpu.max"), StringComparison.Ordinal);
        Assert.Equal("30", Cgroups.Read(container.Pid, "pids", "pids.max", "pids.max"));
    }

    [SkippableFact]
    public void Ulimits_and_sysctls_are_set() =>
        // Given one limit, Podman takes its own default for the other, which only CAP_SYS_RESOURCE could set.
        _podman.Sh(["--ulimit", "nofile=100:200", "--ulimit", "nproc=4096:4096", "--sysctl", "net.ipv4.ip_forward=1"], "ulimit -Sn; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward").Ok().Prints("100\n200\n1");

    [SkippableFact]
    public void Shared_memory_has_the_size_asked_for() => _podman.Run(["--shm-size", "8m"], "df", "-k", "/dev/shm").Ok().Shows(" 8192 ");

    [SkippableFact]
    public void Device_given_is_there()
    {
        Skip.IfNot(File.Exists("/dev/fuse"), "no /dev/fuse to be given");
        _podman.Sh(["--device", "/dev/fuse:/dev/given:r"], "ls -l /dev/given; : < /dev/given && echo opened").Ok().Shows("10, 229").Shows("opened");
    }

    [SkippableFact]
    public void Init_runs_as_pid_1()
    {
        Skip.If(new[] { "catatonit", "tini-static", "docker-init" }.All(name => Programs.Find(name) is null), "no static init program is installed");
        _podman.Run(["--init"], "cat", "/proc/1/cmdline").Ok().Shows("podman-init");
    }

    private ulong Capabilities(params string[] options) =>
        Convert.ToUInt64(_podman.Run(options, "grep", "CapEff", "/proc/self/status").Ok().Text.Split('\t')[1], 16);
}
