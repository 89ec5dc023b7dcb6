using System.Text.Json;
using Anocir.Platform;
using Anocir.Platform.Cgroups.Statistics;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Kernel.Tests.Cgroups;

public class CgroupLimitsTests
{
    [SkippableFact]
    public void Apply_of_docker_limits_writes_each_of_them()
    {
        var resources = new Resources
        {
            Memory = new() { Limit = 64 << 20, Reservation = 32 << 20, Swap = 128 << 20, Swappiness = 10, DisableOOMKiller = false, Kernel = 5 },
            Cpu = new() { Shares = 512, Quota = 50000, Period = 100000, Burst = 1000, Cpus = "0", Mems = "0" },
            Pids = new() { Limit = 20 },
            BlockIO = new() { Weight = 0, ThrottleReadBpsDevice = [new() { Major = 254, Minor = 0, Rate = 1 << 20 }] },
        };
        using var real = new RealCgroup(resources);
        Skip.IfNot(File.Exists("/sys/dev/block/254:0/dev"), "needs the block device 254:0 to throttle");
        var warnings = real.Cgroup.Apply(resources);

        Assert.Equal("Kernel memory settings are ignored and will be removed", Assert.Single(warnings));
        Assert.Equal("67108864", real.Read("memory", "memory.limit_in_bytes"));
        Assert.Equal("134217728", real.Read("memory", "memory.memsw.limit_in_bytes"));
        Assert.Equal("33554432", real.Read("memory", "memory.soft_limit_in_bytes"));
        Assert.Equal("10", real.Read("memory", "memory.swappiness"));
        Assert.Equal("512", real.Read("cpu", "cpu.shares"));
        Assert.Equal("50000", real.Read("cpu", "cpu.cfs_quota_us"));
        Assert.Equal("1000", real.Read("cpu", "cpu.cfs_burst_us"));
        Assert.Equal("0", real.Read("cpuset", "cpuset.cpus"));
        Assert.Equal("20", real.Read("pids", "pids.max"));
        Assert.Equal("254:0 1048576", real.Read("blkio", "blkio.throttle.read_bps_device"));
    }

    [SkippableFact]
    public void Apply_raises_and_lowers_memory_with_swap_in_the_order_the_kernel_wants()
    {
        using var real = new RealCgroup();
        foreach (var (limit, swap) in new (long, long)[] { (64, 128), (256, 300), (32, 40), (300, -1), (-1, -1), (64, 64), (100, 100) })
        {
            real.Cgroup.Apply(new Resources { Memory = new() { Limit = limit < 0 ? -1 : limit << 20, Swap = swap < 0 ? -1 : swap << 20 } });
            if (limit > 0) Assert.Equal($"{limit << 20}", real.Read("memory", "memory.limit_in_bytes"));
            if (swap > 0) Assert.Equal($"{swap << 20}", real.Read("memory", "memory.memsw.limit_in_bytes"));
        }

        real.Cgroup.Apply(new Resources { Memory = new() { Limit = -1 } });
        Assert.True(long.Parse(real.Read("memory", "memory.memsw.limit_in_bytes")) > 1L << 40);
    }

    [SkippableFact]
    public void Apply_lowers_period_and_quota_together_whatever_was_before()
    {
        using var real = new RealCgroup();
        foreach (var (quota, period) in new (long, ulong)[] { (50000, 100000), (1000, 5000), (900000, 1000000), (-1, 100000) })
        {
            real.Cgroup.Apply(new Resources { Cpu = new() { Quota = quota, Period = period } });
            Assert.Equal($"{quota} {period}", $"{real.Read("cpu", "cpu.cfs_quota_us")} {real.Read("cpu", "cpu.cfs_period_us")}");
        }
    }

    [SkippableFact]
    public void Apply_of_what_this_host_has_not_says_so()
    {
        using var real = new RealCgroup();
        Skip.If(real.Host.Hierarchies.Any(h => h.Has("net_cls")), "needs a host without net_cls");

        Assert.Equal(
            "cannot set net_cls limit: container could not join or create cgroup",
            Assert.Throws<ContainerException>(() => real.Cgroup.Apply(new Resources { Network = new() { ClassID = 1 } })).Message);
        Assert.Equal(
            "the minimum allowed cpu-shares is 2",
            Assert.Throws<ContainerException>(() => real.Cgroup.Apply(new Resources { Cpu = new() { Shares = 1 } })).Message);
        var refused = Assert.Throws<SyscallException>(() => real.Cgroup.Apply(new Resources { Cpu = new() { Quota = 5 } }));
        Assert.Equal($"write \"5\" to {real.In("cpu")}/cpu.cfs_quota_us: EINVAL (invalid argument)", refused.Message);
    }

    [SkippableFact]
    public void Apply_with_a_check_refuses_a_limit_below_usage()
    {
        using var real = new RealCgroup();
        real.Run("sleep 100");

        var failure = Assert.Throws<ContainerException>(() => real.Cgroup.Apply(new Resources { Memory = new() { Limit = 4096, CheckBeforeUpdate = true } }));
        Assert.StartsWith("rejecting memory limit 4096 <= usage ", failure.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Pids_limit_of_zero_is_zero()
    {
        using var real = new RealCgroup();
        real.Cgroup.Apply(new Resources { Pids = new() { Limit = 0 } });
        Assert.Equal("0", real.Read("pids", "pids.max"));
        real.Cgroup.Apply(new Resources { Pids = new() { Limit = -1 } });
        Assert.Equal("max", real.Read("pids", "pids.max"));
    }

    [SkippableFact]
    public void Statistics_of_a_busy_cgroup_count_its_work()
    {
        using var real = new RealCgroup();
        real.Cgroup.Apply(new Resources { Pids = new() { Limit = 77 } });
        var process = real.Run("i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; echo done; sleep 100");
        Assert.Equal("done", process.StandardOutput.ReadLine());
        var statistics = real.Cgroup.Statistics();

        Assert.True(statistics.Cpu.Usage!.Total > 100_000);
        Assert.Equal(Environment.ProcessorCount, statistics.Cpu.Usage.Percpu!.Count);
        Assert.Equal(77u, statistics.Pids.Limit);
        Assert.InRange(statistics.Pids.Current, 1u, 3u);
        Assert.True(statistics.Memory.Usage!.Usage > 0);
        Assert.Contains("total_rss", statistics.Memory.Raw!.Keys);
        Assert.NotEmpty(statistics.Cpuset.Cpus!);
        Assert.Equal(1u, statistics.Cpuset.SchedLoadBalance);
        Assert.NotEmpty(JsonSerializer.Serialize(statistics, StatisticsJson.Default.ContainerStatistics));
    }
}
