using System.Globalization;

namespace Anocir.Platform.Cgroups.Statistics;

/// <summary>Statistics files of version 1.</summary>
internal static class StatisticsV1
{
    // USER_HZ, which is the same on every architecture that .NET runs on.
    private const ulong NanosecondsPerTick = 1_000_000_000 / 100;

    // bfq counts per cgroup when it is compiled and chosen, cfq did before Linux 5.0, throttling always does. The first that answers wins.
    private static readonly string[] BlkioSources = ["blkio.bfq.", "blkio.", "blkio.throttle."];

    internal static CpuStatistics Cpu(CgroupDirectory? cpu, CgroupDirectory? accounting)
    {
        var throttling = StatisticsText.Keyed(cpu?.TryRead("cpu.stat", out _));
        var result = new CpuStatistics
        {
            Throttling = StatisticsText.NonZero(new Throttling
            {
                Periods = throttling.GetValueOrDefault("nr_periods"),
                ThrottledPeriods = throttling.GetValueOrDefault("nr_throttled"),
                ThrottledTime = throttling.GetValueOrDefault("throttled_time"),
            }),
        };
        if (accounting is null) return result;
        var ticks = StatisticsText.Keyed(accounting.TryRead("cpuacct.stat", out _));
        var (kernel, user) = PerCpu(accounting.TryRead("cpuacct.usage_all", out _));
        return result with
        {
            Usage = new CpuUsage
            {
                Total = accounting.ReadNumber("cpuacct.usage") ?? 0,
                Kernel = ticks.GetValueOrDefault("system") * NanosecondsPerTick,
                User = ticks.GetValueOrDefault("user") * NanosecondsPerTick,
                Percpu = accounting.TryRead("cpuacct.usage_percpu", out _) is { } each ? StatisticsText.Numbers(each) : null,
                PercpuKernel = kernel,
                PercpuUser = user,
            },
        };
    }

    internal static CpusetStatistics Cpuset(CgroupDirectory? directory)
    {
        if (directory is null) return new CpusetStatistics();
        return new CpusetStatistics
        {
            Cpus = StatisticsText.Ranges(directory.TryRead("cpuset.cpus", out _)),
            Mems = StatisticsText.Ranges(directory.TryRead("cpuset.mems", out _)),
            CpuExclusive = Number("cpu_exclusive"),
            MemHardwall = Number("mem_hardwall"),
            MemExclusive = Number("mem_exclusive"),
            MemoryMigrate = Number("memory_migrate"),
            MemorySpreadPage = Number("memory_spread_page"),
            MemorySpreadSlab = Number("memory_spread_slab"),
            MemoryPressure = Number("memory_pressure"),
            SchedLoadBalance = Number("sched_load_balance"),
            SchedRelaxDomainLevel = unchecked((long)Number("sched_relax_domain_level")),
        };

        ulong Number(string file) => directory.ReadNumber("cpuset." + file) ?? 0;
    }

    internal static MemoryStatistics Memory(CgroupDirectory? directory)
    {
        if (directory is null) return new MemoryStatistics();
        var raw = StatisticsText.Keyed(directory.TryRead("memory.stat", out _));
        return new MemoryStatistics
        {
            Cache = raw.GetValueOrDefault("cache"),
            Usage = Entry("memory"),
            Swap = Entry("memory.memsw"),
            Kernel = Entry("memory.kmem"),
            KernelTcp = Entry("memory.kmem.tcp"),
            Raw = raw,
        };

        MemoryEntry? Entry(string prefix) => directory.ReadNumber(prefix + ".usage_in_bytes") is not { } usage
            ? null
            : StatisticsText.NonZero(new MemoryEntry
            {
                Usage = usage,
                Max = directory.ReadNumber(prefix + ".max_usage_in_bytes") ?? 0,
                Failcnt = directory.ReadNumber(prefix + ".failcnt") ?? 0,
                Limit = directory.ReadNumber(prefix + ".limit_in_bytes") ?? 0,
            });
    }

    internal static BlkioStatistics Blkio(CgroupDirectory? directory)
    {
        if (directory is null) return new BlkioStatistics();
        var prefix = Array.Find(BlkioSources, p => Entries(directory.TryRead(p + "io_serviced_recursive", out _)) is not null) ?? "blkio.throttle.";
        return new BlkioStatistics
        {
            IoServiceBytesRecursive = Table("io_service_bytes_recursive"),
            IoServicedRecursive = Table("io_serviced_recursive"),
            IoQueuedRecursive = Table("io_queued_recursive"),
            IoServiceTimeRecursive = Table("io_service_time_recursive"),
            IoWaitTimeRecursive = Table("io_wait_time_recursive"),
            IoMergedRecursive = Table("io_merged_recursive"),
            IoTimeRecursive = Table("time_recursive"),
            SectorsRecursive = Table("sectors_recursive"),
        };

        List<BlkioEntry>? Table(string file) => Entries(directory.TryRead(prefix + file, out _));
    }

    /// <summary>Lines of "8:0 Read 4096" or "8:0 4096"; null when there are none but the total.</summary>
    internal static List<BlkioEntry>? Entries(string? text)
    {
        List<BlkioEntry>? entries = null;
        foreach (var line in (text ?? "").Split('\n'))
        {
            var fields = line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length is not (3 or 4) || !ulong.TryParse(fields[0], CultureInfo.InvariantCulture, out var major)) continue;
            if (!ulong.TryParse(fields[1], CultureInfo.InvariantCulture, out var minor)) continue;
            if (!ulong.TryParse(fields[^1], CultureInfo.InvariantCulture, out var value)) continue;
            (entries ??= []).Add(new BlkioEntry { Major = major, Minor = minor, Op = fields.Length == 4 ? fields[2] : null, Value = value });
        }

        return entries;
    }

    // A header "cpu user system", then a line for each CPU.
    private static (List<ulong>? Kernel, List<ulong>? User) PerCpu(string? text)
    {
        if (text is null) return (null, null);
        List<ulong> kernel = [], user = [];
        foreach (var line in text.Split('\n').Skip(1))
        {
            var numbers = StatisticsText.Numbers(line);
            if (numbers.Count < 3) continue;
            user.Add(numbers[1]);
            kernel.Add(numbers[2]);
        }

        return (kernel, user);
    }
}
