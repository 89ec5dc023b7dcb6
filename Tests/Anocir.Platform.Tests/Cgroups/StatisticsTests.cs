using System.Text.Json;
using Anocir.Platform.Cgroups.Statistics;
using Xunit;

namespace Anocir.Platform.Tests.Cgroups;

public class StatisticsTests
{
    [Fact]
    public void Event_of_statistics_has_the_names_of_runc()
    {
        var text = JsonSerializer.Serialize(
            new StatisticsEvent
            {
                Type = "stats",
                Id = "x",
                Data = new ContainerStatistics
                {
                    Cpu = new() { Usage = new() { Total = 1, PercpuKernel = [2] } },
                    Memory = new() { KernelTcp = new() { Limit = 3 }, Raw = new Dictionary<string, ulong> { ["Total_Cache"] = 4 } },
                    Blkio = new() { IoQueuedRecursive = [new() { Major = 8, Op = "Read", Value = 5 }] },
                    Hugetlb = new Dictionary<string, HugetlbStatistics> { ["2MB"] = new() { Usage = 6 } },
                },
            },
            StatisticsJson.Default.StatisticsEvent);

        Assert.Equal(
            """{"type":"stats","id":"x","data":{"cpu":{"usage":{"total":1,"percpu_kernel":[2],"kernel":0,"user":0}}"""
            + ""","cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,"memory_spread_slab":0"""
            + ""","memory_pressure":0,"sched_load_balance":0,"sched_relax_domain_level":0}"""
            + ""","memory":{"kernelTCP":{"limit":3,"failcnt":0},"raw":{"Total_Cache":4}},"pids":{}"""
            + ""","blkio":{"ioQueueRecursive":[{"major":8,"op":"Read","value":5}]},"hugetlb":{"2MB":{"usage":6,"failcnt":0}},"intel_rdt":{},"network_interfaces":null}}""",
            text);
    }

    [Fact]
    public void Event_of_oom_has_no_data() => Assert.Equal(
        """{"type":"oom","id":"x"}""",
        JsonSerializer.Serialize(new StatisticsEvent { Type = "oom", Id = "x" }, StatisticsJson.Default.StatisticsEvent));

    [Theory]
    [InlineData("0-2,5", new ushort[] { 0, 1, 2, 5 })]
    [InlineData("3", new ushort[] { 3 })]
    public void Ranges_are_listed_one_by_one(string text, ushort[] expected) => Assert.Equal(expected, StatisticsText.Ranges(text));

    [Theory]
    [InlineData("hugepages-2048kB", "2MB")]
    [InlineData("hugepages-1048576kB", "1GB")]
    [InlineData("hugepages-64kB", "64KB")]
    [InlineData("other", null)]
    public void Page_size_is_named_as_the_controller_names_it(string directory, string? expected) => Assert.Equal(expected, StatisticsReader.PageSize(directory));

    [Fact]
    public void Blkio_table_skips_the_total_of_all() => Assert.Equal(
        ["8:0 Read 42", "8:16  7"],
        StatisticsV1.Entries("8:0 Read 42\n8:16 7\nTotal 49")!.Select(e => $"{e.Major}:{e.Minor} {e.Op} {e.Value}"));
}
