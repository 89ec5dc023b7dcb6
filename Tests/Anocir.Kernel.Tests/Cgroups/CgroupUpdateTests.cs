using Anocir.Platform;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Kernel.Tests.Cgroups;

/// <summary>Changes of limits in the kernel's own files, and how they are taken back.</summary>
public class CgroupUpdateTests
{
    private static readonly DeviceRule DenyAll = new() { Allow = false, Access = "rwm" };

    [SkippableFact]
    public void Update_of_version_1_is_taken_back_whole()
    {
        using var real = new RealCgroup();
        (string, string)[] files =
        [
            ("memory", "memory.limit_in_bytes"), ("memory", "memory.memsw.limit_in_bytes"), ("memory", "memory.soft_limit_in_bytes"),
            ("cpu", "cpu.shares"), ("cpu", "cpu.cfs_quota_us"), ("cpu", "cpu.cfs_period_us"), ("cpu", "cpu.cfs_burst_us"), ("pids", "pids.max"), ("cpuset", "cpuset.cpus"),
        ];
        var first = new Resources
        {
            Memory = new() { Limit = 64 << 20, Swap = 128 << 20, Reservation = 16 << 20 },
            Cpu = new() { Shares = 300, Quota = 50000, Period = 100000, Burst = 20000 },
            Pids = new() { Limit = 20 },
        };
        foreach (var present in new[] { new Resources(), first })
        {
            if (present == first) Update(real, null, first);
            var before = files.Select(f => real.Read(f.Item1, f.Item2)).ToList();
            // The last of it the kernel refuses: there is no such memory node.
            Assert.Throws<SyscallException>(() => Update(real, present, new Resources
            {
                Memory = new() { Limit = 256 << 20, Swap = 300 << 20, Reservation = 8 << 20 },
                Cpu = new() { Shares = 700, Quota = 5000, Period = 10000, Burst = 1000, Cpus = "0", Mems = "63" },
                Pids = new() { Limit = 40 },
            }));
            Assert.Equal(before, files.Select(f => real.Read(f.Item1, f.Item2)));
        }
    }

    [SkippableFact]
    public void Update_of_version_2_is_taken_back_whole()
    {
        var host = RealCgroup.Hybrid();
        Skip.IfNot(host.Unified!.Has("hugetlb"), "needs hugetlb in the unified hierarchy");
        using var real = new RealCgroup(new Resources { HugepageLimits = [new() { PageSize = "2MB", Limit = 4 << 20 }] }, host);
        var files = Directory.EnumerateFiles(real.In("hugetlb"), "hugetlb.*max").Order().ToList();
        Skip.If(files.Count == 0, "the kernel has no huge pages");
        real.Cgroup.Apply(new Resources { HugepageLimits = [new() { PageSize = "2MB", Limit = 4 << 20 }] });
        var before = files.Select(File.ReadAllText).ToList();
        Assert.Throws<SyscallException>(() => Update(real, null, new Resources
        {
            HugepageLimits = [new() { PageSize = "2MB", Limit = 8 << 20 }, new() { PageSize = "3KB", Limit = 8 << 20 }],
        }));
        Assert.Equal(before, files.Select(File.ReadAllText));
    }

    [SkippableFact]
    public void Throttle_that_was_not_there_goes_again()
    {
        Skip.IfNot(File.Exists("/sys/dev/block/254:0/dev"), "needs the block device 254:0 to throttle");
        using var real = new RealCgroup();
        Assert.ThrowsAny<Exception>(() => Update(real, null, new Resources
        {
            BlockIO = new() { ThrottleReadBpsDevice = [new() { Major = 254, Minor = 0, Rate = 1 << 20 }] },
            HugepageLimits = [new() { PageSize = "3KB", Limit = 1 }],
        }));
        Assert.Equal("", real.Read("blkio", "blkio.throttle.read_bps_device"));
    }

    [SkippableFact]
    public void Version_1_devices_change_without_touching_those_that_stay()
    {
        using var real = new RealCgroup();
        DeviceRule log = new() { Allow = true, Type = "c", Major = 1, Minor = 11, Access = "rw" }, loop = new() { Allow = true, Type = "b", Major = 7, Minor = 0, Access = "r" };
        real.Cgroup.ApplyDevices([DenyAll, log]);
        var present = new Resources { Devices = [DenyAll, log] };
        var next = new Resources { Devices = [DenyAll, log with { Access = "r" }, loop] };
        Update(real, present, next);
        var list = File.ReadAllText($"{real.In("devices")}/devices.list");
        Assert.Contains("c 1:11 r\n", list, StringComparison.Ordinal);
        Assert.Contains("b 7:0 r\n", list, StringComparison.Ordinal);
        // In the place it had: it was not written again.
        Assert.True(list.IndexOf("c 1:3 rwm", StringComparison.Ordinal) < list.IndexOf("b 7:0 r", StringComparison.Ordinal), list);
        Update(real, next, new Resources { Devices = [new() { Allow = true, Access = "rwm" }] });
        Assert.Equal("a *:* rwm\n", File.ReadAllText($"{real.In("devices")}/devices.list"));
        Assert.False(real.Cgroup.IsFrozen);
    }

    [SkippableFact]
    public void Cpus_that_the_cgroup_above_has_not_are_refused_with_what_it_has()
    {
        using var real = new RealCgroup(name: "p/c");
        Skip.If(Environment.ProcessorCount < 2, "needs two CPUs");
        var parent = Path.GetDirectoryName(real.In("cpuset"))!;
        Update(real, null, new Resources { Cpu = new() { Cpus = "0" } });
        File.WriteAllText($"{parent}/cpuset.cpus", "0");
        var failure = Assert.Throws<ContainerException>(() => Update(real, null, new Resources { Cpu = new() { Cpus = "1" } }));
        Assert.EndsWith("EACCES (permission denied): the cgroup above it has 0", failure.Message, StringComparison.Ordinal);
    }

    private static void Update(RealCgroup real, Resources? present, Resources asked) => real.Cgroup.Update(ResourceChange.Of(present, asked), present?.Devices, null);
}
