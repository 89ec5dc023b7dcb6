namespace Anocir.Platform.Oci;

/// <summary>The <c>linux</c> object of config.json (config-linux.md).</summary>
public sealed record Linux
{
    public IReadOnlyList<IdMapping>? UidMappings { get; init; }
    public IReadOnlyList<IdMapping>? GidMappings { get; init; }
    public IReadOnlyDictionary<string, string>? Sysctl { get; init; }
    public Resources? Resources { get; init; }
    public string? CgroupsPath { get; init; }
    public IReadOnlyList<Namespace>? Namespaces { get; init; }
    public IReadOnlyList<Device>? Devices { get; init; }
    public IReadOnlyDictionary<string, NetDevice>? NetDevices { get; init; }
    public Seccomp? Seccomp { get; init; }
    public string? RootfsPropagation { get; init; }
    public IReadOnlyList<string>? MaskedPaths { get; init; }
    public IReadOnlyList<string>? ReadonlyPaths { get; init; }
    public string? MountLabel { get; init; }
    public IntelRdt? IntelRdt { get; init; }
    public MemoryPolicy? MemoryPolicy { get; init; }
    public Personality? Personality { get; init; }
    public IReadOnlyDictionary<string, TimeOffset>? TimeOffsets { get; init; }
}

/// <summary>A namespace to create, or to join when it has a path.</summary>
public sealed record Namespace
{
    public string? Type { get; init; }
    public string? Path { get; init; }
}

/// <summary>One line of a uid_map or gid_map.</summary>
public sealed record IdMapping
{
    public uint ContainerID { get; init; }
    public uint HostID { get; init; }
    public uint Size { get; init; }
}

/// <summary>Offset of a clock in a new time namespace.</summary>
public sealed record TimeOffset
{
    public long Secs { get; init; }
    public uint Nanosecs { get; init; }
}

/// <summary>A device node to make: type c, b, u or p.</summary>
public sealed record Device
{
    public string? Type { get; init; }
    public string? Path { get; init; }
    public long Major { get; init; }
    public long Minor { get; init; }
    public uint? FileMode { get; init; }
    public uint? Uid { get; init; }
    public uint? Gid { get; init; }
}

/// <summary>A network device to move into the container, and its name there.</summary>
public sealed record NetDevice
{
    public string? Name { get; init; }
}

/// <summary>Resource Director Technology (x86).</summary>
public sealed record IntelRdt
{
    public string? ClosID { get; init; }
    public IReadOnlyList<string>? Schemata { get; init; }
    public string? L3CacheSchema { get; init; }
    public string? MemBwSchema { get; init; }
    public bool EnableMonitoring { get; init; }
}

/// <summary>set_mempolicy(2).</summary>
public sealed record MemoryPolicy
{
    public string? Mode { get; init; }
    public string? Nodes { get; init; }
    public IReadOnlyList<string>? Flags { get; init; }
}

/// <summary>personality(2).</summary>
public sealed record Personality
{
    public string? Domain { get; init; }
    public IReadOnlyList<string>? Flags { get; init; }
}

/// <summary>A seccomp filter (config-linux.md, Seccomp).</summary>
public sealed record Seccomp
{
    public string? DefaultAction { get; init; }
    public uint? DefaultErrnoRet { get; init; }
    public IReadOnlyList<string>? Architectures { get; init; }
    public IReadOnlyList<string>? Flags { get; init; }
    public string? ListenerPath { get; init; }
    public string? ListenerMetadata { get; init; }
    public IReadOnlyList<SeccompSyscall>? Syscalls { get; init; }
}

/// <summary>One rule of a seccomp filter.</summary>
public sealed record SeccompSyscall
{
    public IReadOnlyList<string>? Names { get; init; }
    public string? Action { get; init; }
    public uint? ErrnoRet { get; init; }
    public IReadOnlyList<SeccompArg>? Args { get; init; }
}

/// <summary>A condition on one argument of a system call.</summary>
public sealed record SeccompArg
{
    public uint Index { get; init; }
    public ulong Value { get; init; }
    public ulong ValueTwo { get; init; }
    public string? Op { get; init; }
}
