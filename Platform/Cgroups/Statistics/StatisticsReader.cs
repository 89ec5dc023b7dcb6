namespace Anocir.Platform.Cgroups.Statistics;

/// <summary>Puts together the statistics of one container from whichever version has each controller.</summary>
internal static class StatisticsReader
{
    internal static ContainerStatistics Read(CgroupHost host, IReadOnlyList<CgroupDirectory> directories)
    {
        var unified = directories.FirstOrDefault(d => d.Hierarchy.IsUnified);
        if (host.Layout == CgroupLayout.Unified && unified is not null)
        {
            return new ContainerStatistics
            {
                Cpu = StatisticsV2.Cpu(unified),
                Memory = StatisticsV2.Memory(unified),
                Pids = Pids(unified),
                Blkio = StatisticsV2.Blkio(unified),
                Hugetlb = Hugetlb(unified),
            };
        }

        var hugetlb = Find("hugetlb");
        return new ContainerStatistics
        {
            Cpu = StatisticsV1.Cpu(Find("cpu"), Find("cpuacct")),
            Cpuset = StatisticsV1.Cpuset(Find("cpuset")),
            Memory = StatisticsV1.Memory(Find("memory")),
            Pids = Pids(Find("pids")),
            Blkio = StatisticsV1.Blkio(Find("blkio")),
            Hugetlb = Hugetlb(hugetlb),
        };

        CgroupDirectory? Find(string controller) => directories.FirstOrDefault(d => d.Hierarchy.Has(controller));
    }

    private static PidsStatistics Pids(CgroupDirectory? directory)
    {
        if (directory is null) return new PidsStatistics();
        var limit = directory.ReadNumber("pids.max") ?? 0;
        return new PidsStatistics { Current = directory.ReadNumber("pids.current") ?? 0, Limit = limit == ulong.MaxValue ? 0 : limit };
    }

    private static Dictionary<string, HugetlbStatistics> Hugetlb(CgroupDirectory? directory)
    {
        var result = new Dictionary<string, HugetlbStatistics>(StringComparer.Ordinal);
        if (directory is null) return result;
        foreach (var size in PageSizes())
        {
            var prefix = $"hugetlb.{size}";
            if (directory.Hierarchy.IsUnified)
            {
                if ((directory.ReadNumber(prefix + ".rsvd.current") ?? directory.ReadNumber(prefix + ".current")) is not { } current) continue;
                result[size] = new HugetlbStatistics { Usage = current, Failcnt = directory.ReadKey(prefix + ".events", "max") ?? 0 };
                continue;
            }

            var reserved = directory.ReadNumber(prefix + ".rsvd.usage_in_bytes");
            if ((reserved ?? directory.ReadNumber(prefix + ".usage_in_bytes")) is not { } usage) continue;
            if (reserved is not null) prefix += ".rsvd";
            result[size] = new HugetlbStatistics
            {
                Usage = usage,
                Max = directory.ReadNumber(prefix + ".max_usage_in_bytes") ?? 0,
                Failcnt = directory.ReadNumber(prefix + ".failcnt") ?? 0,
            };
        }

        return result;
    }

    /// <summary>"hugepages-2048kB" as "2MB": the name that the controller uses (mm/hugetlb_cgroup.c).</summary>
    internal static string? PageSize(string directoryName)
    {
        if (!directoryName.StartsWith("hugepages-", StringComparison.Ordinal) || !directoryName.EndsWith("kB", StringComparison.Ordinal)) return null;
        if (CgroupDirectory.Number(directoryName.AsSpan()[10..^2]) is not { } kilobytes) return null;
        return kilobytes switch
        {
            >= 1 << 20 => $"{kilobytes >> 20}GB",
            >= 1 << 10 => $"{kilobytes >> 10}MB",
            _ => $"{kilobytes}KB",
        };
    }

    private static IEnumerable<string> PageSizes()
    {
        const string sizes = "/sys/kernel/mm/hugepages";
        return Directory.Exists(sizes) ? Directory.EnumerateDirectories(sizes).Select(d => PageSize(Path.GetFileName(d))).OfType<string>().Order(StringComparer.Ordinal) : [];
    }
}
