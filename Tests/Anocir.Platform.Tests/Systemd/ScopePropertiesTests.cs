using Anocir.Platform.Cgroups;
using Anocir.Platform.Cgroups.Devices;
using Anocir.Platform.Cgroups.Systemd;
using Anocir.Platform.Oci;
using Anocir.Platform.Systemd;
using Anocir.Platform.Tests.Cgroups;
using Xunit;

namespace Anocir.Platform.Tests.Systemd;

public class ScopePropertiesTests
{
    private const string Infinity = "uint64 18446744073709551615";
    private static readonly SystemdFacts Facts = new(252, "");

    [Fact]
    public void Scope_starts_delegated_with_init_in_it_and_everything_counted()
    {
        using var fake = FakeHost.Unified();
        var order = new CgroupOrder
        {
            Id = "c",
            Location = fake.Detect().LocateUnit("/a.slice/a-c.scope", "a-c.scope", "a.slice"),
            Annotations = new Dictionary<string, string> { ["org.systemd.property.CollectMode"] = "'inactive'", ["other"] = "0" },
        };

        Assert.Equal(
            [
                "Description='anocir container c'", "Slice='a.slice'", "Delegate=true", "PIDs=[uint32 7]",
                "MemoryAccounting=true", "CPUAccounting=true", "IOAccounting=true", "TasksAccounting=true", "DefaultDependencies=false",
                "CollectMode='inactive'",
            ],
            Texts(ScopeProperties.From(order, 7, Facts, legacy: false, bfq: false, restrictsDevices: false, out var rounded)));
        Assert.Null(rounded);
        Assert.Contains("BlockIOAccounting=true", Texts(ScopeProperties.From(order, 7, Facts, legacy: true, bfq: false, restrictsDevices: true, out _)));
    }

    [Fact]
    public void Memory_has_its_properties_and_swap_is_what_is_beyond_it()
    {
        var memory = new MemoryLimits { Limit = 100, Reservation = 50, Swap = 300 };
        Assert.Equal(["MemoryMax=uint64 100", "MemoryLow=uint64 50", "MemorySwapMax=uint64 200"], Of(new Resources { Memory = memory }));
        Assert.Equal([$"MemoryMax={Infinity}", $"MemorySwapMax={Infinity}"], Of(new Resources { Memory = new MemoryLimits { Limit = -1 } }));
        Assert.Equal(["MemoryMax=uint64 100", "MemorySwapMax=uint64 0"], Of(new Resources { Memory = new MemoryLimits { Limit = 100, Swap = 100 } }));
        Assert.Equal(["MemoryLimit=uint64 100"], Of(new Resources { Memory = memory }, legacy: true));
        Assert.Throws<ContainerException>(() => Of(new Resources { Memory = new MemoryLimits { Swap = 100 } }));
    }

    [Theory]
    [InlineData(50000, 100000UL, "CPUQuotaPeriodUSec=uint64 100000 CPUQuotaPerSecUSec=uint64 500000", 50000)]
    [InlineData(33333, 100000UL, "CPUQuotaPeriodUSec=uint64 100000 CPUQuotaPerSecUSec=uint64 340000", 34000)]
    [InlineData(5000, 0UL, "CPUQuotaPerSecUSec=uint64 50000", 5000)]
    [InlineData(-1, 50000UL, $"CPUQuotaPeriodUSec=uint64 50000 CPUQuotaPerSecUSec={Infinity}", -1)]
    [InlineData(-1, 0UL, $"CPUQuotaPerSecUSec={Infinity}", -1)]
    [InlineData(0, 0UL, "", 0)]
    public void Quota_is_rounded_up_to_what_systemd_keeps(long quota, ulong period, string expected, long written)
    {
        var resources = new Resources { Cpu = new CpuLimits { Quota = quota, Period = period } };
        var properties = ResourceProperties.From(resources, Facts, legacy: false, bfq: false, out var rounded);
        Assert.Equal(expected, string.Join(' ', properties));
        Assert.Equal(written, rounded.Cpu!.Quota);
    }

    [Fact]
    public void Cpu_has_a_weight_or_is_idle_and_a_set_of_bits()
    {
        Assert.Equal(["CPUWeight=uint64 59"], Of(new Resources { Cpu = new CpuLimits { Shares = 512 } }));
        Assert.Equal(["CPUShares=uint64 512"], Of(new Resources { Cpu = new CpuLimits { Shares = 512 } }, legacy: true));
        Assert.Equal(["CPUWeight=uint64 0"], Of(new Resources { Cpu = new CpuLimits { Shares = 512, Idle = 1 } }));
        Assert.Empty(Texts(ResourceProperties.From(new Resources { Cpu = new CpuLimits { Idle = 1 } }, new SystemdFacts(251, ""), false, false, out _)));
        Assert.Equal(
            ["AllowedCPUs=[byte 11, byte 1]", "AllowedMemoryNodes=[byte 1]"],
            Of(new Resources { Cpu = new CpuLimits { Cpus = "0-1, 3,8", Mems = "0" } }));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("3-1")]
    [InlineData("-1")]
    [InlineData("a")]
    [InlineData("99999999")]
    public void Bits_of_no_list_are_refused(string list) => Assert.Throws<ContainerException>(() => UnitBits.Parse(list, "field"));

    [Theory]
    [InlineData(0, "uint64 1")]
    [InlineData(77, "uint64 77")]
    [InlineData(-1, Infinity)]
    public void Tasks_are_never_none(long limit, string value) => Assert.Equal([$"TasksMax={value}"], Of(new Resources { Pids = new PidsLimits { Limit = limit } }));

    [Fact]
    public void Io_has_weights_and_limits_by_device()
    {
        var io = new BlockIo
        {
            Weight = 500,
            WeightDevice = [new WeightDevice { Major = 8, Minor = 0, Weight = 50 }],
            ThrottleReadBpsDevice = [new ThrottleDevice { Major = 8, Minor = 16, Rate = 5 }, new ThrottleDevice { Major = 8, Minor = 32 }],
        };
        Assert.Equal(
            ["IOWeight=uint64 4950", $"IOReadBandwidthMax=[('/dev/block/8:16', uint64 5), ('/dev/block/8:32', {Infinity})]"],
            Of(new Resources { BlockIO = io }));
        // systemd makes 500 of 4500 for io.bfq.weight.
        Assert.Equal(
            ["IOWeight=uint64 4500", "IODeviceWeight=[('/dev/block/8:0', uint64 50)]"],
            Texts(ResourceProperties.From(new Resources { BlockIO = io with { ThrottleReadBpsDevice = null } }, Facts, false, bfq: true, out _)));
        Assert.Equal(["BlockIOWeight=uint64 500"], Of(new Resources { BlockIO = io }, legacy: true));
    }

    [Fact]
    public void Unified_files_that_systemd_knows_are_told_to_it()
    {
        Dictionary<string, string> unified = new()
        {
            ["cpu.max"] = "max 50000",
            ["cpu.weight"] = "7",
            ["cpuset.cpus"] = "1",
            ["memory.high"] = " 5\n",
            ["memory.max"] = "max",
            ["memory.min"] = "1",
            ["pids.max"] = "0",
            ["io.weight"] = "default 200",
            ["hugetlb.2MB.max"] = "0",
        };
        Assert.Equal(
            [
                "CPUQuotaPeriodUSec=uint64 50000", $"CPUQuotaPerSecUSec={Infinity}", "CPUWeight=uint64 7", "AllowedCPUs=[byte 2]", "IOWeight=uint64 200",
                "MemoryHigh=uint64 5", $"MemoryMax={Infinity}", "MemoryMin=uint64 1", "TasksMax=uint64 1",
            ],
            Of(new Resources { Unified = unified }));
        Assert.Equal(["CPUWeight=uint64 0"], Of(new Resources { Unified = new Dictionary<string, string> { ["cpu.idle"] = "1", ["cpu.weight"] = "7" } }));
        Assert.Throws<ContainerException>(() => Of(new Resources { Unified = new Dictionary<string, string> { ["memory.max"] = "much" } }));
        Assert.Throws<ContainerException>(() => Of(new Resources { Unified = new Dictionary<string, string> { ["cpu.max"] = "1 2 3" } }));
    }

    [Fact]
    public void Oom_policy_is_said_to_a_systemd_that_has_it_for_scopes()
    {
        var unified = new Dictionary<string, string> { ["memory.oom.group"] = "1" };
        Assert.Equal(["OOMPolicy='kill'"], Texts(UnifiedProperties.AtStart(unified, new SystemdFacts(253, ""))));
        Assert.Empty(UnifiedProperties.AtStart(unified, Facts));
    }

    [Fact]
    public void Devices_on_a_list_are_allowed_by_number()
    {
        var rules = DeviceRules.From([Rule(false, null, null, null, "rwm"), Rule(true, "c", 10, 229, "rw"), Rule(true, "b", 8, null, "r")]);
        var texts = Texts(DeviceProperties.From(rules, legacy: false));
        Assert.Equal(["DevicePolicy='strict'", "DeviceAllow=@a(ss) []"], texts[..2]);
        Assert.StartsWith("DeviceAllow=[('/dev/char/10:229', 'rw'), ('block-8', 'r'), ('char-*', 'm'), ('block-*', 'm'), ('/dev/char/1:3', 'rwm'),", texts[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_that_systemd_has_no_words_for_are_left_to_our_program()
    {
        var deny = DeviceRules.From([Rule(true, null, null, null, "rwm"), Rule(false, "c", 10, 229, "rw")]);
        var minor = DeviceRules.From([Rule(true, "c", null, 5, "rw")]);
        foreach (var rules in (DeviceRules[])[deny, minor])
        {
            Assert.Equal(["DevicePolicy='auto'", "DeviceAllow=@a(ss) []"], Texts(DeviceProperties.From(rules, legacy: false)));
            Assert.Equal("DevicePolicy='strict'", Texts(DeviceProperties.From(rules, legacy: true))[0]);
        }

        var all = DeviceRules.From([Rule(true, null, null, null, "rwm")]);
        Assert.Equal("DevicePolicy='auto'", Texts(DeviceProperties.From(all, legacy: true))[0]);
    }

    [Theory]
    [InlineData("TimeoutStopUSec", "uint64 123", "TimeoutStopUSec=uint64 123")]
    [InlineData("TimeoutStopSec", "456", "TimeoutStopUSec=uint64 456000000")]
    [InlineData("TimeoutStopSec", "byte 234", "TimeoutStopUSec=uint64 234000000")]
    [InlineData("TimeoutStopSec", "234.789", "TimeoutStopUSec=uint64 234789000")]
    [InlineData("FOOSec", "123", "FOOSec=123")]
    [InlineData("Sec", "123", "Sec=123")]
    public void Annotation_becomes_a_property(string name, string text, string expected) => Assert.Equal([expected], Annotated(name, text));

    [Theory]
    [InlineData("TimeoutStopSec", "false")]
    [InlineData("TimeoutStopSec", "'covfefe'")]
    [InlineData("TimeoutStopSec", "-1")]
    [InlineData("TimeoutStopSec", "uint64 18446744073709551615")]
    [InlineData("Xo", "1")]
    [InlineData("Number1", "1")]
    [InlineData("Кир", "1")]
    [InlineData("ValidName", "invalid-value")]
    public void Annotation_that_is_no_property_is_refused(string name, string text) =>
        Assert.StartsWith($"annotation org.systemd.property.{name}", Assert.Throws<ContainerException>(() => Annotated(name, text)).Message, StringComparison.Ordinal);

    private static string[] Annotated(string name, string text) =>
        Texts(AnnotatedProperties.From(new Dictionary<string, string> { ["org.systemd.property." + name] = text }));

    private static string[] Of(Resources resources, bool legacy = false) => Texts(ResourceProperties.From(resources, Facts, legacy, bfq: false, out _));

    private static string[] Texts(IEnumerable<UnitProperty> properties) => [.. properties.Select(p => p.ToString())];

    private static DeviceRule Rule(bool allow, string? type, long? major, long? minor, string access) =>
        new() { Allow = allow, Type = type, Major = major, Minor = minor, Access = access };
}
