namespace Anocir.Platform.Oci;

/// <summary>The <c>linux</c> object of the features document (features-linux.md).</summary>
public sealed record LinuxFeatures
{
    public IReadOnlyList<string>? Namespaces { get; init; }
    public IReadOnlyList<string>? Capabilities { get; init; }
    public CgroupFeatures? Cgroup { get; init; }
    public SeccompFeatures? Seccomp { get; init; }
    public Feature? Apparmor { get; init; }
    public Feature? Selinux { get; init; }
    public IntelRdtFeatures? IntelRdt { get; init; }
    public MemoryPolicyFeatures? MemoryPolicy { get; init; }
    public MountExtensionFeatures? MountExtensions { get; init; }
    public Feature? NetDevices { get; init; }
}

/// <summary>Something that this build can do, or not.</summary>
public sealed record Feature(bool? Enabled);

/// <summary>Kinds of control groups.</summary>
public sealed record CgroupFeatures
{
    public bool? V1 { get; init; }
    public bool? V2 { get; init; }
    public bool? Systemd { get; init; }
    public bool? SystemdUser { get; init; }
    public bool? Rdma { get; init; }
}

/// <summary>What filters may say.</summary>
public sealed record SeccompFeatures
{
    public bool? Enabled { get; init; }
    public IReadOnlyList<string>? Actions { get; init; }
    public IReadOnlyList<string>? Operators { get; init; }
    public IReadOnlyList<string>? Archs { get; init; }
    public IReadOnlyList<string>? KnownFlags { get; init; }
    public IReadOnlyList<string>? SupportedFlags { get; init; }
}

/// <summary>Resource Director Technology.</summary>
public sealed record IntelRdtFeatures
{
    public bool? Enabled { get; init; }
    public bool? Schemata { get; init; }
    public bool? Monitoring { get; init; }
}

/// <summary>set_mempolicy(2).</summary>
public sealed record MemoryPolicyFeatures
{
    public IReadOnlyList<string>? Modes { get; init; }
    public IReadOnlyList<string>? Flags { get; init; }
}

/// <summary>Extensions of mounts.</summary>
public sealed record MountExtensionFeatures
{
    public Feature? Idmap { get; init; }
}
