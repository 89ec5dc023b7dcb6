using Anocir.Platform.Cgroups;
using Anocir.Platform.Cgroups.V2;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Platform.Tests.Cgroups;

public class CgroupV2LimitsTests
{
    private const string Leaf = "sys/fs/cgroup/c";

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1024, 100)]
    [InlineData(512, 59)]
    [InlineData(262144, 10000)]
    [InlineData(999999, 10000)]
    public void Weight_of_shares_goes_through_the_defaults_and_the_ends(ulong shares, ulong weight) => Assert.Equal(weight, CpuV2.Weight(shares));

    [Fact]
    public void Weight_of_more_shares_is_never_less()
    {
        ulong last = 0;
        for (ulong shares = 1; shares <= 262144; shares += 7)
        {
            var weight = CpuV2.Weight(shares);
            Assert.True(weight >= last && weight is >= 1 and <= 10000);
            last = weight;
        }
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(750, 7475)]
    [InlineData(1000, 10000)]
    public void Io_weight_is_linear(ushort blkio, ulong io) => Assert.Equal(io, IoV2.Weight(blkio));

    [Theory]
    [InlineData(-1, 0, -1L)]
    [InlineData(100, 0, null)]
    [InlineData(100, -1, -1L)]
    [InlineData(-1, 300, 300L)]
    [InlineData(100, 100, 0L)]
    [InlineData(100, 300, 200L)]
    public void Swap_is_what_is_beyond_memory(long memory, long both, long? swap) => Assert.Equal(swap, MemoryV2.Swap(memory, both));

    [Theory]
    [InlineData(0, 100, "unable to set swap limit without memory limit")]
    [InlineData(200, 100, "memory+swap limit should be >= memory limit")]
    public void Swap_that_makes_no_sense_is_refused(long memory, long both, string message) =>
        Assert.Equal(message, Assert.Throws<ContainerException>(() => MemoryV2.Swap(memory, both)).Message);

    [Fact]
    public void Apply_writes_each_limit_into_its_file()
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup(
            Leaf, "memory.max", "memory.low", "memory.swap.max", "cpu.weight", "cpu.max", "cpu.max.burst", "cpu.idle", "cpuset.cpus", "cpuset.mems",
            "pids.max", "io.weight", "io.max", "hugetlb.2MB.max", "hugetlb.2MB.rsvd.max", "rdma.max", "memory.high");
        var warnings = Open(fake).Apply(new Resources
        {
            Memory = new() { Limit = 1000, Swap = 3000, Reservation = 500, Kernel = 1, Swappiness = 10, DisableOOMKiller = true },
            Cpu = new() { Shares = 1024, Quota = 5000, Period = 20000, Burst = 100, Idle = 0, Cpus = "0-1", Mems = "0" },
            Pids = new() { Limit = 0 },
            BlockIO = new() { Weight = 750, ThrottleReadBpsDevice = [new() { Major = 8, Minor = 0, Rate = 99 }] },
            HugepageLimits = [new() { PageSize = "2MB", Limit = 4096 }],
            Rdma = new Dictionary<string, RdmaLimit> { ["mlx5_1"] = new() { HcaHandles = 3, HcaObjects = 10000 } },
            Network = new() { ClassID = 5 },
            Unified = new Dictionary<string, string> { ["memory.high"] = "800" },
        });

        Assert.Equal("1000", fake.Get($"{Leaf}/memory.max"));
        Assert.Equal("2000", fake.Get($"{Leaf}/memory.swap.max"));
        Assert.Equal("500", fake.Get($"{Leaf}/memory.low"));
        Assert.Equal("800", fake.Get($"{Leaf}/memory.high"));
        Assert.Equal("100", fake.Get($"{Leaf}/cpu.weight"));
        Assert.Equal("5000 20000", fake.Get($"{Leaf}/cpu.max"));
        Assert.Equal("100", fake.Get($"{Leaf}/cpu.max.burst"));
        Assert.Equal("0", fake.Get($"{Leaf}/cpu.idle"));
        Assert.Equal("0-1", fake.Get($"{Leaf}/cpuset.cpus"));
        Assert.Equal("0", fake.Get($"{Leaf}/cpuset.mems"));
        Assert.Equal("0", fake.Get($"{Leaf}/pids.max"));
        Assert.Equal("7475", fake.Get($"{Leaf}/io.weight"));
        Assert.Equal("8:0 rbps=99", fake.Get($"{Leaf}/io.max"));
        Assert.Equal("4096", fake.Get($"{Leaf}/hugetlb.2MB.max"));
        Assert.Equal("4096", fake.Get($"{Leaf}/hugetlb.2MB.rsvd.max"));
        Assert.Equal("mlx5_1 hca_handle=3 hca_object=10000", fake.Get($"{Leaf}/rdma.max"));
        Assert.Equal(4, warnings.Count);
        Assert.Contains("Kernel memory settings are ignored and will be removed", warnings);
    }

    [Fact]
    public void Apply_of_unlimited_values_writes_max()
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup(Leaf, "memory.max", "memory.swap.max", "cpu.max", "pids.max");
        Open(fake).Apply(new Resources { Memory = new() { Limit = -1 }, Cpu = new() { Quota = -1 }, Pids = new() { Limit = -1 } });

        Assert.Equal("max", fake.Get($"{Leaf}/memory.max"));
        Assert.Equal("max", fake.Get($"{Leaf}/memory.swap.max"));
        Assert.Equal("max 100000", fake.Get($"{Leaf}/cpu.max"));
        Assert.Equal("max", fake.Get($"{Leaf}/pids.max"));
    }

    [Fact]
    public void Apply_of_zeros_as_engines_send_them_touches_nothing()
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup(Leaf);

        Assert.Empty(Open(fake).Apply(new Resources
        {
            Memory = new() { Limit = 0, Swap = 0, Reservation = 0, DisableOOMKiller = false },
            Cpu = new() { Shares = 0, Quota = 0, Period = 0, Cpus = "", Mems = "" },
            BlockIO = new() { Weight = 0 },
        }));
    }

    [Fact]
    public void Apply_of_unlimited_swap_without_swap_accounting_is_no_failure()
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup(Leaf, "memory.max");
        Open(fake).Apply(new Resources { Memory = new() { Limit = 100, Swap = 100 } });
        Assert.Equal("100", fake.Get($"{Leaf}/memory.max"));

        var failure = Assert.Throws<SyscallException>(() => Open(fake).Apply(new Resources { Memory = new() { Limit = 100, Swap = 300 } }));
        Assert.Contains("memory.swap.max: ENOENT", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_with_a_check_refuses_a_limit_below_usage()
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup(Leaf, "memory.max", "memory.swap.max");
        fake.Put($"{Leaf}/memory.current", "5000\n");
        var cgroup = Open(fake);

        Assert.Equal(
            "rejecting memory limit 4000 <= usage 5000",
            Assert.Throws<ContainerException>(() => cgroup.Apply(new Resources { Memory = new() { Limit = 4000, CheckBeforeUpdate = true } })).Message);
        Assert.Equal(
            "rejecting memory+swap limit 4500 <= usage 5000",
            Assert.Throws<ContainerException>(() => cgroup.Apply(new Resources { Memory = new() { Limit = 4000, Swap = 4500, CheckBeforeUpdate = true } })).Message);
        Assert.Equal("", fake.Get($"{Leaf}/memory.max"));
        cgroup.Apply(new Resources { Memory = new() { Limit = 4000 } });
        Assert.Equal("4000", fake.Get($"{Leaf}/memory.max"));
    }

    [Theory]
    [InlineData("a/b", "must be a file name")]
    [InlineData("nodot", "must be in the form CONTROLLER.PARAMETER")]
    [InlineData("misc.max", "controller \"misc\" not available")]
    [InlineData("memory.nothing", "unable to set unified resource \"memory.nothing\"")]
    public void Unified_key_that_cannot_be_set_says_why(string key, string message)
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup(Leaf);
        fake.Put($"{Leaf}/cgroup.controllers", "memory pids\n");

        var failure = Assert.Throws<ContainerException>(() => Open(fake).Apply(new Resources { Unified = new Dictionary<string, string> { [key] = "1" } }));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_enables_the_controllers_down_the_path()
    {
        using var fake = FakeHost.Unified();
        fake.Put("sys/fs/cgroup/cgroup.subtree_control", "");
        fake.Put("sys/fs/cgroup/p/cgroup.subtree_control", "");
        fake.PutCgroup("sys/fs/cgroup/p/c", "cgroup.subtree_control");
        var host = fake.Detect();
        var cgroup = Cgroup.Create(host, host.Locate("/p/c", "id"), null);

        const string all = "+cpuset +cpu +io +memory +hugetlb +pids +rdma";
        Assert.Equal(all, fake.Get("sys/fs/cgroup/cgroup.subtree_control"));
        Assert.Equal(all, fake.Get("sys/fs/cgroup/p/cgroup.subtree_control"));
        Assert.Equal("", fake.Get("sys/fs/cgroup/p/c/cgroup.subtree_control"));
        Assert.Empty(cgroup.Made);
    }

    [Fact]
    public void Create_reports_what_it_made_parents_first()
    {
        using var fake = FakeHost.Unified();
        var host = fake.Detect();
        var cgroup = Cgroup.Create(host, host.Locate("/p/q/c", "id"), null);

        var mount = $"{fake.Root}/sys/fs/cgroup";
        Assert.Equal([$"{mount}/p", $"{mount}/p/q", $"{mount}/p/q/c"], cgroup.Made);
        cgroup.Remove(cgroup.Made);
        Assert.False(Directory.Exists($"{mount}/p"));
    }

    [Theory]
    [InlineData("domain invalid", "in an invalid state")]
    [InlineData("threaded", "in threaded mode")]
    public void Create_in_a_threaded_tree_refuses_domain_controllers(string type, string message)
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup(Leaf);
        fake.Put($"{Leaf}/cgroup.type", type + "\n");
        var host = fake.Detect();

        var failure = Assert.Throws<ContainerException>(() => Cgroup.Create(host, host.Locate("/c", "id"), new Resources { Memory = new() { Limit = 5 } }));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Statistics_take_the_shape_of_version_1()
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup(Leaf);
        fake.Put($"{Leaf}/cpu.stat", "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 4\nnr_throttled 2\nthrottled_usec 7\n");
        fake.Put($"{Leaf}/cpu.pressure", "some avg10=1.50 avg60=0.00 avg300=0.00 total=77\nfull avg10=0.00 avg60=0.00 avg300=0.25 total=5\n");
        fake.Put($"{Leaf}/memory.current", "100\n");
        fake.Put($"{Leaf}/memory.max", "max\n");
        fake.Put($"{Leaf}/memory.swap.current", "11\n");
        fake.Put($"{Leaf}/memory.swap.max", "50\n");
        fake.Put($"{Leaf}/memory.stat", "anon 60\nfile 40\n");
        fake.Put($"{Leaf}/pids.current", "3\n");
        fake.Put($"{Leaf}/pids.max", "max\n");
        fake.Put($"{Leaf}/io.stat", "254:0 rbytes=4096 wbytes=1 rios=2 wios=3 dbytes=0 dios=0\n");
        var statistics = Open(fake).Statistics();

        Assert.Equal(30000u, statistics.Cpu.Usage!.Total);
        Assert.Equal(10000u, statistics.Cpu.Usage.Kernel);
        Assert.Equal(7000u, statistics.Cpu.Throttling!.ThrottledTime);
        Assert.Equal((1.5, 77u), (statistics.Cpu.Psi!.Some.Avg10, statistics.Cpu.Psi.Some.Total));
        Assert.Equal(0.25, statistics.Cpu.Psi.Full.Avg300);
        Assert.Equal((100u, ulong.MaxValue), (statistics.Memory.Usage!.Usage, statistics.Memory.Usage.Limit));
        Assert.Equal((111u, ulong.MaxValue), (statistics.Memory.Swap!.Usage, statistics.Memory.Swap.Limit));
        Assert.Equal(40u, statistics.Memory.Cache);
        Assert.Equal((3u, 0u), (statistics.Pids.Current, statistics.Pids.Limit));
        Assert.Equal(["Read 4096", "Write 1"], statistics.Blkio.IoServiceBytesRecursive!.Select(e => $"{e.Op} {e.Value}"));
        Assert.Equal(["Read 2", "Write 3"], statistics.Blkio.IoServicedRecursive!.Select(e => $"{e.Op} {e.Value}"));
    }

    private static Cgroup Open(FakeHost fake) => Cgroup.Open(fake.Detect(), [$"{fake.Root}/{Leaf}"]);
}
