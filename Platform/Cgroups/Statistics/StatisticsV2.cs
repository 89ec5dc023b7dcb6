using System.Globalization;

namespace Anocir.Platform.Cgroups.Statistics;

/// <summary>Statistics files of version 2, brought into the shape that version 1 gave them.</summary>
internal static class StatisticsV2
{
    private const ulong NanosecondsPerMicrosecond = 1000;

    internal static CpuStatistics Cpu(CgroupDirectory directory)
    {
        var values = StatisticsText.Keyed(directory.TryRead("cpu.stat", out _));
        return new CpuStatistics
        {
            Usage = StatisticsText.NonZero(new CpuUsage
            {
                Total = values.GetValueOrDefault("usage_usec") * NanosecondsPerMicrosecond,
                User = values.GetValueOrDefault("user_usec") * NanosecondsPerMicrosecond,
                Kernel = values.GetValueOrDefault("system_usec") * NanosecondsPerMicrosecond,
            }),
            Throttling = StatisticsText.NonZero(new Throttling
            {
                Periods = values.GetValueOrDefault("nr_periods"),
                ThrottledPeriods = values.GetValueOrDefault("nr_throttled"),
                ThrottledTime = values.GetValueOrDefault("throttled_usec") * NanosecondsPerMicrosecond,
            }),
            Psi = StatisticsText.Pressure(directory.TryRead("cpu.pressure", out _)),
        };
    }

    internal static MemoryStatistics Memory(CgroupDirectory directory)
    {
        var raw = StatisticsText.Keyed(directory.TryRead("memory.stat", out _));
        var usage = Entry(directory, "memory") ?? new MemoryEntry();
        var swap = Entry(directory, "memory.swap");
        return new MemoryStatistics
        {
            Cache = raw.GetValueOrDefault("file"),
            Usage = usage,
            // The peaks of the two need not have been at the same time, so their sum would mean nothing.
            Swap = swap is null
                ? null
                : swap with
                {
                    Usage = swap.Usage + usage.Usage,
                    Limit = swap.Limit == ulong.MaxValue || usage.Limit == ulong.MaxValue ? ulong.MaxValue : swap.Limit + usage.Limit,
                    Max = 0,
                },
            Raw = raw.Count == 0 ? null : raw,
            Psi = StatisticsText.Pressure(directory.TryRead("memory.pressure", out _)),
        };
    }

    internal static BlkioStatistics Blkio(CgroupDirectory directory)
    {
        List<BlkioEntry> bytes = [], operations = [];
        // "254:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0"
        foreach (var line in (directory.TryRead("io.stat", out _) ?? "").Split('\n'))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 2 || fields[0].Split(':') is not { Length: 2 } device) continue;
            if (!ulong.TryParse(device[0], CultureInfo.InvariantCulture, out var major) || !ulong.TryParse(device[1], CultureInfo.InvariantCulture, out var minor)) continue;
            foreach (var field in fields.Skip(1))
            {
                if (field.Split('=') is not { Length: 2 } pair || !ulong.TryParse(pair[1], CultureInfo.InvariantCulture, out var value)) continue;
                var entry = new BlkioEntry { Major = major, Minor = minor, Op = pair[0][0] == 'r' ? "Read" : "Write", Value = value };
                if (pair[0] is "rbytes" or "wbytes") bytes.Add(entry);
                else if (pair[0] is "rios" or "wios") operations.Add(entry);
            }
        }

        return new BlkioStatistics
        {
            IoServiceBytesRecursive = bytes.Count == 0 ? null : bytes,
            IoServicedRecursive = operations.Count == 0 ? null : operations,
            Psi = StatisticsText.Pressure(directory.TryRead("io.pressure", out _)),
        };
    }

    private static MemoryEntry? Entry(CgroupDirectory directory, string prefix) => directory.ReadNumber(prefix + ".current") is not { } usage
        ? null
        : new MemoryEntry
        {
            Usage = usage,
            Limit = directory.ReadNumber(prefix + ".max") ?? 0,
            Max = directory.ReadNumber(prefix + ".peak") ?? 0,
        };
}
