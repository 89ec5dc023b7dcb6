namespace Anocir.Platform.Oci;

/// <summary>The <c>linux.resources</c> object: cgroup limits. Absent means untouched.</summary>
public sealed record Resources
{
    public IReadOnlyList<DeviceRule>? Devices { get; init; }
    public MemoryLimits? Memory { get; init; }
    public CpuLimits? Cpu { get; init; }
    public PidsLimits? Pids { get; init; }
    public BlockIo? BlockIO { get; init; }
    public IReadOnlyList<HugepageLimit>? HugepageLimits { get; init; }
    public NetworkLimits? Network { get; init; }
    public IReadOnlyDictionary<string, RdmaLimit>? Rdma { get; init; }
    public IReadOnlyDictionary<string, string>? Unified { get; init; }
}

/// <summary>A device cgroup rule. Type a (or absent) is every device; absent numbers are every number.</summary>
public sealed record DeviceRule
{
    public bool Allow { get; init; }
    public string? Type { get; init; }
    public long? Major { get; init; }
    public long? Minor { get; init; }
    public string? Access { get; init; }
}

/// <summary>Limits in bytes; −1 is unlimited. Swap is memory plus swap, as in cgroup v1.</summary>
public sealed record MemoryLimits
{
    public long? Limit { get; init; }
    public long? Reservation { get; init; }
    public long? Swap { get; init; }
    public long? Kernel { get; init; }
    public long? KernelTCP { get; init; }
    public ulong? Swappiness { get; init; }
    public bool? DisableOOMKiller { get; init; }
    public bool? UseHierarchy { get; init; }
    public bool? CheckBeforeUpdate { get; init; }
}

/// <summary>Times in microseconds.</summary>
public sealed record CpuLimits
{
    public ulong? Shares { get; init; }
    public long? Quota { get; init; }
    public ulong? Burst { get; init; }
    public ulong? Period { get; init; }
    public long? RealtimeRuntime { get; init; }
    public ulong? RealtimePeriod { get; init; }
    public string? Cpus { get; init; }
    public string? Mems { get; init; }
    public long? Idle { get; init; }
}

/// <summary>−1 is unlimited; 0 is honoured as 0.</summary>
public sealed record PidsLimits
{
    public long? Limit { get; init; }
}

/// <summary>Block device weights (10 to 1000) and throttles.</summary>
public sealed record BlockIo
{
    public ushort? Weight { get; init; }
    public ushort? LeafWeight { get; init; }
    public IReadOnlyList<WeightDevice>? WeightDevice { get; init; }
    public IReadOnlyList<ThrottleDevice>? ThrottleReadBpsDevice { get; init; }
    public IReadOnlyList<ThrottleDevice>? ThrottleWriteBpsDevice { get; init; }
    public IReadOnlyList<ThrottleDevice>? ThrottleReadIOPSDevice { get; init; }
    public IReadOnlyList<ThrottleDevice>? ThrottleWriteIOPSDevice { get; init; }
}

/// <summary>Weight of one block device.</summary>
public sealed record WeightDevice
{
    public long Major { get; init; }
    public long Minor { get; init; }
    public ushort? Weight { get; init; }
    public ushort? LeafWeight { get; init; }
}

/// <summary>Bytes or operations per second of one block device.</summary>
public sealed record ThrottleDevice
{
    public long Major { get; init; }
    public long Minor { get; init; }
    public ulong Rate { get; init; }
}

/// <summary>Page size as the kernel names it ("2MB"), limit in bytes.</summary>
public sealed record HugepageLimit
{
    public string? PageSize { get; init; }
    public ulong Limit { get; init; }
}

/// <summary>net_cls and net_prio, cgroup v1 only.</summary>
public sealed record NetworkLimits
{
    public uint? ClassID { get; init; }
    public IReadOnlyList<NetworkPriority>? Priorities { get; init; }
}

/// <summary>Priority of traffic on one interface.</summary>
public sealed record NetworkPriority
{
    public string? Name { get; init; }
    public uint Priority { get; init; }
}

/// <summary>Limits of one RDMA device.</summary>
public sealed record RdmaLimit
{
    public uint? HcaHandles { get; init; }
    public uint? HcaObjects { get; init; }
}
