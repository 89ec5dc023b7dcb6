using Anocir.Platform.Cgroups;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Platform.Tests.Cgroups;

/// <summary>On plain files, which keep what is beyond a shorter text: values here have one length.</summary>
public class CgroupUpdateTests
{
    private const string Leaf = "sys/fs/cgroup/c";

    [Fact]
    public void Update_writes_the_change_and_nothing_else()
    {
        using var fake = FakeHost.Unified();
        Put(fake, ("memory.max", "5000"), ("memory.swap.max", "4000"), ("cpu.max", "500000 1000000"), ("pids.max", "20"));
        var present = new Resources { Memory = new() { Limit = 5000, Swap = 9000 }, Cpu = new() { Quota = 500000, Period = 1000000 }, Pids = new() { Limit = 20 } };
        Update(fake, present, new Resources { Memory = new() { Limit = 6000 } });
        Assert.Equal("6000", fake.Get($"{Leaf}/memory.max"));
        Assert.Equal("3000", fake.Get($"{Leaf}/memory.swap.max"));
        Update(fake, present, new Resources { Cpu = new() { Period = 999999 } });
        Assert.StartsWith("500000 999999", fake.Get($"{Leaf}/cpu.max"), StringComparison.Ordinal);
        Assert.Equal("20", fake.Get($"{Leaf}/pids.max"));
    }

    [Fact]
    public void Update_that_is_refused_half_way_is_taken_back()
    {
        using var fake = FakeHost.Unified();
        Put(fake, ("memory.max", "5000\n"), ("memory.swap.max", "4000\n"), ("cpu.weight", "100\n"), ("pids.max", "20\n"));
        // There is no cpuset to be written to.
        var failure = Assert.Throws<SyscallException>(() => Update(fake, null, new Resources
        {
            Memory = new() { Limit = 6000, Swap = 7000 },
            Cpu = new() { Shares = 10000, Cpus = "0" },
            Pids = new() { Limit = 30 },
        }));
        Assert.Contains("cpuset.cpus: ENOENT", failure.Message, StringComparison.Ordinal);
        Assert.Equal("5000\n", fake.Get($"{Leaf}/memory.max"));
        Assert.Equal("4000\n", fake.Get($"{Leaf}/memory.swap.max"));
        Assert.Equal("100\n", fake.Get($"{Leaf}/cpu.weight"));
        Assert.Equal("20\n", fake.Get($"{Leaf}/pids.max"));
    }

    [Fact]
    public void Unified_settings_are_taken_back_too()
    {
        using var fake = FakeHost.Unified();
        Put(fake, ("memory.high", "800\n"), ("cgroup.controllers", "memory"));
        Assert.Throws<ContainerException>(() => Update(fake, null, new Resources
        {
            Unified = new Dictionary<string, string> { ["memory.high"] = "900", ["misc.max"] = "1" },
        }));
        Assert.Equal("800\n", fake.Get($"{Leaf}/memory.high"));
    }

    [Fact]
    public void Unified_settings_are_refused_on_version_1_before_anything_is_written()
    {
        using var fake = new FakeHost("32 23 0:29 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n", "2:pids:/\n");
        fake.Put("sys/fs/cgroup/pids/c/pids.max", "20");
        var failure = Assert.Throws<ContainerException>(() => Cgroup.Open(fake.Detect(), [$"{fake.Root}/sys/fs/cgroup/pids/c"]).Update(
            ResourceChange.Of(null, new Resources { Pids = new() { Limit = 30 }, Unified = new Dictionary<string, string> { ["pids.max"] = "5" } }), null, null));
        Assert.Equal("invalid configuration: cannot use unified on cgroup v1", failure.Message);
        Assert.Equal("20", fake.Get("sys/fs/cgroup/pids/c/pids.max"));
    }

    [Fact]
    public void Kernel_memory_is_warned_of_and_otherwise_ignored()
    {
        using var fake = FakeHost.Unified();
        Put(fake);
        Assert.Equal(["Kernel memory settings are ignored and will be removed"], Update(fake, null, new Resources { Memory = new() { Kernel = 5000 } }));
        Assert.Empty(Update(fake, null, new Resources { Memory = new() { Kernel = 0, KernelTCP = 0 } }));
    }

    [Theory]
    [InlineData("memory.max", "max", "5", "max")]
    [InlineData("cpu.max", "max 100000", "5000 100000", "max 100000")]
    [InlineData("cpuset.cpus", "", "0", "\n")]
    [InlineData("io.weight", "default 100\n8:0 50", "200", "default 100")]
    [InlineData("io.weight", "default 100\n8:0 50", "8:0 60", "8:0 50")]
    [InlineData("io.bfq.weight", "default 100", "8:0 60", "8:0 default")]
    [InlineData("io.max", "8:16 rbps=2097152 wbps=max riops=max wiops=120", "8:16 rbps=5", "8:16 rbps=2097152 wbps=max riops=max wiops=120")]
    [InlineData("io.max", "8:16 rbps=2097152 wbps=max riops=max wiops=120", "8:1 rbps=5", "8:1 rbps=max wbps=max riops=max wiops=max")]
    [InlineData("blkio.throttle.read_bps_device", "8:0 77\n9:0 78", "9:0 5", "9:0 78")]
    [InlineData("blkio.throttle.read_bps_device", "", "9:0 5", "9:0 0")]
    [InlineData("rdma.max", "mlx4_0 hca_handle=2 hca_object=max", "mlx4_0 hca_handle=3", "mlx4_0 hca_handle=2 hca_object=max")]
    [InlineData("rdma.max", "", "ocrdma1 hca_handle=3", "ocrdma1 hca_handle=max hca_object=max")]
    [InlineData("net_prio.ifpriomap", "lo 0\neth0 5", "eth0 7", "eth0 5")]
    [InlineData("io.latency", "", "8:0 target=5", null)]
    public void Text_that_brings_a_file_back_is_the_line_that_was_changed(string file, string before, string written, string? restoring) =>
        Assert.Equal(restoring, CgroupUndo.Restoring(file, before, written));

    private static IReadOnlyList<string> Update(FakeHost fake, Resources? present, Resources asked) =>
        Cgroup.Open(fake.Detect(), [$"{fake.Root}/{Leaf}"]).Update(ResourceChange.Of(present, asked), null, null);

    private static void Put(FakeHost fake, params (string File, string Text)[] files)
    {
        fake.PutCgroup(Leaf);
        foreach (var (file, text) in files) fake.Put($"{Leaf}/{file}", text);
    }
}
