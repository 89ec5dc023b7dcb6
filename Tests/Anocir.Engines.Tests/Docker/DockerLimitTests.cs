using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>Limits of docker run, read back from the container's cgroup and from inside it.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerLimitTests(DockerDaemon daemon)
{
    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableFact]
    public void Container_is_in_a_group_of_its_own_under_the_daemons_parent()
    {
        using var container = _docker.Start([], "sleep", "1000");
        foreach (var controller in new[] { "memory", "cpu", "pids", "cpuset" })
            Assert.EndsWith($"{_docker.CgroupParent}/{container.Id}", Cgroups.Of(container.Pid, controller), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Memory_limit_is_in_the_group()
    {
        using var container = _docker.Start(["-m", "64m"], "sleep", "1000");
        Assert.Equal("67108864", Cgroups.Read(container.Pid, "memory", "memory.limit_in_bytes", "memory.max"));
    }

    [SkippableFact]
    public void Memory_reservation_is_in_the_group()
    {
        using var container = _docker.Start(["-m", "64m", "--memory-reservation", "32m"], "sleep", "1000");
        Assert.Equal("33554432", Cgroups.Read(container.Pid, "memory", "memory.soft_limit_in_bytes", "memory.low"));
    }

    [SkippableFact]
    public void Cpus_become_a_quota()
    {
        using var container = _docker.Start(["--cpus", "0.5"], "sleep", "1000");
        if (Cgroups.IsUnified("cpu"))
        {
            Assert.Equal("50000 100000", Cgroups.Read(container.Pid, "cpu", "", "cpu.max"));
            return;
        }

        Assert.Equal("50000", Cgroups.Read(container.Pid, "cpu", "cpu.cfs_quota_us", ""));
        Assert.Equal("100000", Cgroups.Read(container.Pid, "cpu", "cpu.cfs_period_us", ""));
    }

    [SkippableFact]
    public void Quota_and_period_are_taken_as_given()
    {
        using var container = _docker.Start(["--cpu-period", "50000", "--cpu-quota", "20000"], "sleep", "1000");
        if (Cgroups.IsUnified("cpu"))
        {
            Assert.Equal("20000 50000", Cgroups.Read(container.Pid, "cpu", "", "cpu.max"));
            return;
        }

        Assert.Equal("20000", Cgroups.Read(container.Pid, "cpu", "cpu.cfs_quota_us", ""));
        Assert.Equal("50000", Cgroups.Read(container.Pid, "cpu", "cpu.cfs_period_us", ""));
    }

    [SkippableFact]
    public void Cpu_shares_are_in_the_group()
    {
        using var container = _docker.Start(["--cpu-shares", "300"], "sleep", "1000");
        var value = int.Parse(Cgroups.Read(container.Pid, "cpu", "cpu.shares", "cpu.weight"), System.Globalization.CultureInfo.InvariantCulture);
        // Version 2 counts from 1 to 10000 with 100 as the default; how shares are translated differs between releases of runc.
        if (Cgroups.IsUnified("cpu"))
            Assert.InRange(value, 2, 99);
        else
            Assert.Equal(300, value);
    }

    [SkippableFact]
    public void Cpuset_is_in_the_group_and_seen_by_the_program()
    {
        using var container = _docker.Start(["--cpuset-cpus", "0", "--cpuset-mems", "0"], "sleep", "1000");
        Assert.Equal("0", Cgroups.Read(container.Pid, "cpuset", "cpuset.cpus", "cpuset.cpus"));
        Assert.Equal("0", Cgroups.Read(container.Pid, "cpuset", "cpuset.mems", "cpuset.mems"));
        Assert.Equal("0", Processes.Status(container.Pid, "Cpus_allowed_list"));
    }

    [SkippableFact]
    public void Pids_limit_is_in_the_group_and_stops_forks()
    {
        using var container = _docker.Start(["--pids-limit", "20"], "sleep", "1000");
        Assert.Equal("20", Cgroups.Read(container.Pid, "pids", "pids.max", "pids.max"));
        _docker.Sh(["--pids-limit", "4"], "for i in 1 2 3 4 5 6; do sleep 1 & done; wait").Complains("can't fork");
    }

    [SkippableFact]
    public void Limits_are_seen_from_inside()
    {
        Skip.If(Cgroups.IsUnified("memory"), "only version 1 mounts the container's own group where this looks");
        _docker.Run(["-m", "64m", "--cpus", "0.5", "--pids-limit", "30"], "cat",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/pids/pids.max")
            .Ok().Prints("67108864\n50000\n30");
    }

    [SkippableFact]
    public void Cgroup_mounts_are_read_only_inside()
    {
        Skip.If(Cgroups.IsUnified("memory"), "only version 1 has a mount for each controller");
        _docker.Sh([], "echo 1 > /sys/fs/cgroup/memory/memory.limit_in_bytes").Exits(1).Complains("Read-only file system");
    }

    [SkippableFact]
    public void Write_rate_of_a_device_is_in_the_group()
    {
        Skip.IfNot(File.Exists("/dev/loop0"), "no block device /dev/loop0 to be limited");
        Skip.IfNot(Cgroups.IsUnified("blkio") || Cgroups.Has("blkio", "blkio.throttle.write_bps_device"), "the kernel throttles no block device");
        using var container = _docker.Start(["--device-write-bps", "/dev/loop0:1mb"], "sleep", "1000");
        var value = Cgroups.Read(container.Pid, "blkio", "blkio.throttle.write_bps_device", "io.max");
        Assert.Contains("7:0", value, StringComparison.Ordinal);
        Assert.Contains("1048576", value, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Block_weight_is_in_the_group()
    {
        var (plain, bfq) = (Cgroups.Has("blkio", "blkio.weight"), Cgroups.Has("blkio", "blkio.bfq.weight"));
        Skip.IfNot(plain, bfq ? "dockerd asks only for blkio.weight, which this kernel lacks" : "this kernel has no blkio.weight, and dockerd drops the option");
        using var container = _docker.Start(["--blkio-weight", "300"], "sleep", "1000");
        Assert.Equal("300", Cgroups.Read(container.Pid, "blkio", "blkio.weight", "io.weight"));
    }

    [SkippableFact]
    public void Devices_outside_the_list_cannot_be_opened()
    {
        var result = _docker.Sh([], "mknod /d b 7 0; dd if=/d of=/dev/null bs=1 count=1").Exits(1);
        result.Complains("Operation not permitted");
        _docker.Sh([], "dd if=/dev/zero of=/dev/null bs=1 count=1 && dd if=/dev/urandom of=/dev/null bs=1 count=1").Ok();
    }

    [SkippableFact]
    public void Device_given_is_there_and_can_be_opened()
    {
        Skip.IfNot(File.Exists("/dev/fuse"), "no /dev/fuse to be given");
        _docker.Sh(["--device", "/dev/fuse:/dev/given:r"], "ls -l /dev/given; : < /dev/given && echo opened").Ok().Shows("10, 229").Shows("opened");
        _docker.Sh(["--device", "/dev/fuse:/dev/given:r"], ": > /dev/given").Exits(1).Complains("Operation not permitted");
    }

    [SkippableFact]
    public void Ulimits_are_the_programs() =>
        _docker.Sh(["--ulimit", "nofile=100:200", "--ulimit", "core=0"], "ulimit -Sn; ulimit -Hn; ulimit -c").Ok().Prints("100\n200\n0");

    [SkippableFact]
    public void Oom_score_is_the_programs() =>
        _docker.Run(["--oom-score-adj", "500"], "cat", "/proc/self/oom_score_adj").Ok().Prints("500");

    [SkippableFact]
    public void Sysctls_of_the_namespaces_are_set() =>
        _docker.Run(["--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "kernel.msgmax=9999"], "cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/msgmax")
            .Ok().Prints("1\n9999");

    [SkippableFact]
    public void Shared_memory_has_the_size_asked_for() =>
        _docker.Run(["--shm-size", "8m"], "df", "-k", "/dev/shm").Ok().Shows(" 8192 ");
}
