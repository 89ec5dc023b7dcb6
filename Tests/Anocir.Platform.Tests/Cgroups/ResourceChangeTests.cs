using System.Text;
using System.Text.Json;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Cgroups;

public class ResourceChangeTests
{
    /// <summary>What the container has, what is asked for, what is written, what it has then.</summary>
    [Theory]
    // 0 and "" are "as it is".
    [InlineData("""{"memory":{"limit":5000}}""", """{"memory":{"limit":0,"swap":0,"reservation":0,"kernel":0},"cpu":{"shares":0,"quota":0,"period":0,"cpus":"","mems":""},"blockIO":{"weight":0}}""",
        "{}", """{"memory":{"limit":5000}}""")]
    [InlineData("{}", """{"memory":{"limit":5000}}""", """{"memory":{"limit":5000}}""", """{"memory":{"limit":5000}}""")]
    // Memory brings swap along, and swap memory.
    [InlineData("""{"memory":{"limit":5000,"swap":9000}}""", """{"memory":{"limit":6000}}""", """{"memory":{"limit":6000,"swap":9000}}""", """{"memory":{"limit":6000,"swap":9000}}""")]
    [InlineData("""{"memory":{"limit":5000}}""", """{"memory":{"swap":8000}}""", """{"memory":{"limit":5000,"swap":8000}}""", """{"memory":{"limit":5000,"swap":8000}}""")]
    [InlineData("""{"memory":{"limit":5000,"swap":9000}}""", """{"memory":{"limit":-1}}""", """{"memory":{"limit":-1}}""", """{"memory":{"limit":-1}}""")]
    [InlineData("""{"memory":{"limit":-1}}""", """{"memory":{"limit":100}}""", """{"memory":{"limit":100}}""", """{"memory":{"limit":100}}""")]
    [InlineData("""{"memory":{"limit":5000,"swap":9000}}""", """{"memory":{"swap":-1}}""", """{"memory":{"limit":5000,"swap":-1}}""", """{"memory":{"limit":5000,"swap":-1}}""")]
    [InlineData("""{"memory":{"limit":5000,"swap":9000}}""", """{"memory":{"reservation":400}}""", """{"memory":{"reservation":400}}""", """{"memory":{"limit":5000,"reservation":400,"swap":9000}}""")]
    [InlineData("""{"memory":{"limit":5000,"checkBeforeUpdate":true}}""", """{"memory":{"limit":600}}""", """{"memory":{"limit":600}}""", """{"memory":{"limit":600}}""")]
    // Quota and period go together.
    [InlineData("""{"cpu":{"quota":5000,"period":20000}}""", """{"cpu":{"period":10000}}""", """{"cpu":{"quota":5000,"period":10000}}""", """{"cpu":{"quota":5000,"period":10000}}""")]
    [InlineData("""{"cpu":{"quota":5000,"period":20000}}""", """{"cpu":{"quota":-1}}""", """{"cpu":{"quota":-1,"period":20000}}""", """{"cpu":{"quota":-1,"period":20000}}""")]
    [InlineData("{}", """{"cpu":{"quota":3000}}""", """{"cpu":{"quota":3000}}""", """{"cpu":{"quota":3000}}""")]
    [InlineData("""{"cpu":{"quota":5000,"period":20000,"burst":7}}""", """{"cpu":{"shares":200}}""", """{"cpu":{"shares":200}}""", """{"cpu":{"shares":200,"quota":5000,"burst":7,"period":20000}}""")]
    // Of burst, idle and pids 0 is a value.
    [InlineData("""{"cpu":{"burst":9},"pids":{"limit":9}}""", """{"cpu":{"burst":0},"pids":{"limit":0}}""", """{"cpu":{"burst":0},"pids":{"limit":0}}""", """{"cpu":{"burst":0},"pids":{"limit":0}}""")]
    [InlineData("""{"cpu":{"shares":100}}""", """{"cpu":{"idle":1}}""", """{"cpu":{"idle":1}}""", """{"cpu":{"idle":1}}""")]
    [InlineData("""{"cpu":{"idle":1}}""", """{"cpu":{"idle":0,"shares":300}}""", """{"cpu":{"shares":300,"idle":0}}""", """{"cpu":{"shares":300,"idle":0}}""")]
    // Devices are found by their numbers; of two of one number the last holds.
    [InlineData(
        """{"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1},{"major":8,"minor":0,"rate":2},{"major":8,"minor":1,"rate":3}]}}""",
        """{"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":9},{"major":9,"minor":0,"rate":4}]}}""",
        """{"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":9},{"major":9,"minor":0,"rate":4}]}}""",
        """{"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1},{"major":8,"minor":0,"rate":9},{"major":8,"minor":1,"rate":3},{"major":9,"minor":0,"rate":4}]}}""")]
    [InlineData(
        """{"blockIO":{"weight":100,"weightDevice":[{"major":8,"minor":0,"weight":50}]}}""",
        """{"blockIO":{"weightDevice":[{"major":8,"minor":0,"leafWeight":60}]}}""",
        """{"blockIO":{"weightDevice":[{"major":8,"minor":0,"leafWeight":60}]}}""",
        """{"blockIO":{"weight":100,"weightDevice":[{"major":8,"minor":0,"weight":50,"leafWeight":60}]}}""")]
    // An engine that repeats the whole specification changes what differs.
    [InlineData(
        """{"devices":[{"allow":false,"access":"rwm"}],"hugepageLimits":[{"pageSize":"2MB","limit":5}],"network":{"classID":7},"rdma":{"mlx":{"hcaHandles":1}}}""",
        """{"devices":[{"allow":false,"access":"rwm"}],"hugepageLimits":[{"pageSize":"2MB","limit":5},{"pageSize":"1GB","limit":6}],"network":{"classID":7},"rdma":{"mlx":{"hcaHandles":1}}}""",
        """{"hugepageLimits":[{"pageSize":"1GB","limit":6}]}""",
        """{"devices":[{"allow":false,"access":"rwm"}],"hugepageLimits":[{"pageSize":"2MB","limit":5},{"pageSize":"1GB","limit":6}],"network":{"classID":7},"rdma":{"mlx":{"hcaHandles":1}}}""")]
    [InlineData(
        """{"devices":[{"allow":false,"access":"rwm"}]}""", """{"devices":[{"allow":true,"access":"rwm"}]}""",
        """{"devices":[{"allow":true,"access":"rwm"}]}""", """{"devices":[{"allow":true,"access":"rwm"}]}""")]
    [InlineData("""{"devices":[{"allow":false,"access":"rwm"}]}""", """{"devices":[]}""", "{}", """{"devices":[{"allow":false,"access":"rwm"}]}""")]
    [InlineData("""{"unified":{"memory.high":"1"}}""", """{"unified":{"cpu.weight":"8"}}""", """{"unified":{"cpu.weight":"8"}}""", """{"unified":{"memory.high":"1","cpu.weight":"8"}}""")]
    public void Change_is_what_is_written_and_what_is_there_then(string present, string asked, string written, string merged)
    {
        var change = ResourceChange.Of(Read(present), Read(asked));
        Assert.Equal(written, Text(change.Written));
        Assert.Equal(merged, Text(change.Merged));
        Assert.Equal(written == "{}", change.IsEmpty);
        // The same again, by a caller who cannot know.
        Assert.Equal(merged, Text(ResourceChange.Of(change.Merged, Read(asked)).Merged));
    }

    [Theory]
    [InlineData("{}", """{"memory":{"swap":100}}""", "memory.swap: unable to set swap limit without memory limit")]
    [InlineData("""{"memory":{"limit":500}}""", """{"memory":{"swap":100}}""", "memory.swap: memory+swap limit should be >= memory limit")]
    [InlineData("""{"memory":{"limit":50,"swap":100}}""", """{"memory":{"limit":200}}""", "memory.swap: memory+swap limit should be >= memory limit")]
    [InlineData("""{"memory":{"limit":50,"swap":100}}""", """{"memory":{"limit":-1,"swap":200}}""", "memory.swap: unable to set swap limit without memory limit")]
    [InlineData("""{"cpu":{"quota":5000}}""", """{"cpu":{"burst":6000}}""", "cpu.burst: 6000 is above the quota of 5000")]
    [InlineData("""{"cpu":{"quota":9000,"burst":8000}}""", """{"cpu":{"quota":5000}}""", "cpu.burst: 8000 is above the quota of 5000")]
    [InlineData("""{"cpu":{"idle":1}}""", """{"cpu":{"shares":50}}""", "cpu.shares: the container is idle (cpu.idle is 1) and has no shares; set cpu.idle to 0 with them")]
    [InlineData("""{"cpu":{"realtimePeriod":1000}}""", """{"cpu":{"realtimeRuntime":2000}}""", "cpu.realtimeRuntime: 2000 is above the period of 1000")]
    [InlineData("{}", """{"cpu":{"idle":2}}""", "cpu.idle: must be 0 or 1, not 2")]
    public void Change_that_does_not_fit_what_stays_is_refused_by_its_field(string present, string asked, string message) =>
        Assert.Equal("resources: " + message, Assert.Throws<ContainerException>(() => ResourceChange.Of(Read(present), Read(asked))).Message);

    [Fact]
    public void Change_of_a_container_that_nothing_is_known_of_is_the_change_itself() =>
        Assert.Equal("""{"pids":{"limit":5}}""", Text(ResourceChange.Of(null, Read("""{"pids":{"limit":5}}""")).Merged));

    [Fact]
    public void Present_limits_that_were_accepted_once_are_no_reason_to_refuse_a_change() =>
        Assert.Equal("""{"pids":{"limit":5}}""", Text(ResourceChange.Of(Read("""{"memory":{"swap":5},"cpu":{"quota":5,"burst":6}}"""), Read("""{"pids":{"limit":5}}""")).Written));

    private static Resources Read(string json) => SpecReader.ParseUpdate(Encoding.UTF8.GetBytes(json));

    private static string Text(Resources resources) => JsonSerializer.Serialize(resources, OciJson.Default.Resources);
}
