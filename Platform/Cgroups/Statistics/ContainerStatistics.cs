using System.Text.Json.Serialization;

namespace Anocir.Platform.Cgroups.Statistics;

/// <summary>
/// The <c>data</c> of a stats event, name for name what runc prints. Members at zero are left out where runc leaves them out, and
/// written where it writes them. Times in nanoseconds, sizes in bytes.
/// </summary>
public sealed record ContainerStatistics
{
    public CpuStatistics Cpu { get; init; } = new();
    public CpusetStatistics Cpuset { get; init; } = new();
    public MemoryStatistics Memory { get; init; } = new();
    public PidsStatistics Pids { get; init; } = new();
    public BlkioStatistics Blkio { get; init; } = new();

    /// <summary>By page size, as the kernel names it: "2MB".</summary>
    public IReadOnlyDictionary<string, HugetlbStatistics> Hugetlb { get; init; } = new Dictionary<string, HugetlbStatistics>();

    [JsonPropertyName("intel_rdt")]
    public IntelRdtStatistics IntelRdt { get; init; } = new();

    /// <summary>Of the container's own interfaces, which this reader does not see; always null.</summary>
    [JsonPropertyName("network_interfaces"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public IReadOnlyList<NetworkStatistics>? NetworkInterfaces { get; init; }
}

/// <summary>Time used and time denied.</summary>
public sealed record CpuStatistics
{
    public CpuUsage? Usage { get; init; }
    public Throttling? Throttling { get; init; }
    public Pressure? Psi { get; init; }
}

/// <summary>Nanoseconds of CPU time.</summary>
public sealed record CpuUsage
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Total { get; init; }
    public IReadOnlyList<ulong>? Percpu { get; init; }
    [JsonPropertyName("percpu_kernel")]
    public IReadOnlyList<ulong>? PercpuKernel { get; init; }
    [JsonPropertyName("percpu_user")]
    public IReadOnlyList<ulong>? PercpuUser { get; init; }
    public ulong Kernel { get; init; }
    public ulong User { get; init; }
}

/// <summary>Periods of the CPU quota, those cut short, and the time lost so.</summary>
public sealed record Throttling
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Periods { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong ThrottledPeriods { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong ThrottledTime { get; init; }
}

/// <summary>The cpuset of version 1.</summary>
public sealed record CpusetStatistics
{
    public IReadOnlyList<ushort>? Cpus { get; init; }
    [JsonPropertyName("cpu_exclusive")]
    public ulong CpuExclusive { get; init; }
    public IReadOnlyList<ushort>? Mems { get; init; }
    [JsonPropertyName("mem_hardwall")]
    public ulong MemHardwall { get; init; }
    [JsonPropertyName("mem_exclusive")]
    public ulong MemExclusive { get; init; }
    [JsonPropertyName("memory_migrate")]
    public ulong MemoryMigrate { get; init; }
    [JsonPropertyName("memory_spread_page")]
    public ulong MemorySpreadPage { get; init; }
    [JsonPropertyName("memory_spread_slab")]
    public ulong MemorySpreadSlab { get; init; }
    [JsonPropertyName("memory_pressure")]
    public ulong MemoryPressure { get; init; }
    [JsonPropertyName("sched_load_balance")]
    public ulong SchedLoadBalance { get; init; }
    [JsonPropertyName("sched_relax_domain_level")]
    public long SchedRelaxDomainLevel { get; init; }
}

/// <summary>Memory in use, by kind.</summary>
public sealed record MemoryStatistics
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Cache { get; init; }
    public MemoryEntry? Usage { get; init; }

    /// <summary>Memory and swap together, on version 2 too.</summary>
    public MemoryEntry? Swap { get; init; }
    public MemoryEntry? Kernel { get; init; }
    [JsonPropertyName("kernelTCP")]
    public MemoryEntry? KernelTcp { get; init; }

    /// <summary>memory.stat as it is.</summary>
    public IReadOnlyDictionary<string, ulong>? Raw { get; init; }
    public Pressure? Psi { get; init; }
}

/// <summary>One counter of memory.</summary>
public sealed record MemoryEntry
{
    public ulong Limit { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Usage { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Max { get; init; }
    public ulong Failcnt { get; init; }
}

/// <summary>Processes and threads. A limit of 0 is none.</summary>
public sealed record PidsStatistics
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Current { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Limit { get; init; }
}

/// <summary>Block I/O, as version 1 tabulates it.</summary>
public sealed record BlkioStatistics
{
    public IReadOnlyList<BlkioEntry>? IoServiceBytesRecursive { get; init; }
    public IReadOnlyList<BlkioEntry>? IoServicedRecursive { get; init; }
    [JsonPropertyName("ioQueueRecursive")]
    public IReadOnlyList<BlkioEntry>? IoQueuedRecursive { get; init; }
    public IReadOnlyList<BlkioEntry>? IoServiceTimeRecursive { get; init; }
    public IReadOnlyList<BlkioEntry>? IoWaitTimeRecursive { get; init; }
    public IReadOnlyList<BlkioEntry>? IoMergedRecursive { get; init; }
    public IReadOnlyList<BlkioEntry>? IoTimeRecursive { get; init; }
    public IReadOnlyList<BlkioEntry>? SectorsRecursive { get; init; }
    public Pressure? Psi { get; init; }
}

/// <summary>One operation on one device.</summary>
public sealed record BlkioEntry
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Major { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Minor { get; init; }
    public string? Op { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Value { get; init; }
}

/// <summary>Huge pages of one size.</summary>
public sealed record HugetlbStatistics
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Usage { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Max { get; init; }
    public ulong Failcnt { get; init; }
}

/// <summary>Pressure stall information: how much of the time tasks waited.</summary>
public sealed record Pressure
{
    public PressureLine Some { get; init; } = new();
    public PressureLine Full { get; init; } = new();
}

/// <summary>Percentages over 10, 60 and 300 seconds; the total in microseconds.</summary>
public sealed record PressureLine
{
    public double Avg10 { get; init; }
    public double Avg60 { get; init; }
    public double Avg300 { get; init; }
    public ulong Total { get; init; }
}

/// <summary>Resource Director Technology: nothing that cgroups know of.</summary>
public sealed record IntelRdtStatistics;

/// <summary>Counters of one network interface. The only capitalised names.</summary>
public sealed record NetworkStatistics
{
    [JsonPropertyName("Name")]
    public string Name { get; init; } = "";
    [JsonPropertyName("RxBytes")]
    public ulong RxBytes { get; init; }
    [JsonPropertyName("RxPackets")]
    public ulong RxPackets { get; init; }
    [JsonPropertyName("RxErrors")]
    public ulong RxErrors { get; init; }
    [JsonPropertyName("RxDropped")]
    public ulong RxDropped { get; init; }
    [JsonPropertyName("TxBytes")]
    public ulong TxBytes { get; init; }
    [JsonPropertyName("TxPackets")]
    public ulong TxPackets { get; init; }
    [JsonPropertyName("TxErrors")]
    public ulong TxErrors { get; init; }
    [JsonPropertyName("TxDropped")]
    public ulong TxDropped { get; init; }
}
