namespace Anocir.Platform.Oci;

/// <summary>What the other parts of this build can do: their own tables, so that what is advertised is what is accepted.</summary>
public sealed record FeatureFacts
{
    public required string Version { get; init; }
    public string? Commit { get; init; }
    /// <summary>"2.5.4"; null when it is not known.</summary>
    public string? LibseccompVersion { get; init; }
    /// <summary>Without options of single filesystems.</summary>
    public IEnumerable<string> MountOptions { get; init; } = Vocabulary.MountOptions;
    /// <summary>In the kernel's order.</summary>
    public IEnumerable<string> Capabilities { get; init; } = Vocabulary.CapabilitiesByNumber;
    public IEnumerable<string> SeccompActions { get; init; } = Vocabulary.SeccompActions;
    public IEnumerable<string> SeccompOperators { get; init; } = Vocabulary.SeccompOperators;
    public IEnumerable<string> SeccompArchitectures { get; init; } = Vocabulary.SeccompArchitectures;
    public IEnumerable<string> SupportedSeccompFlags { get; init; } = Vocabulary.SeccompFlags;
    public bool Systemd { get; init; } = true;
    public bool SystemdUser { get; init; } = true;
    public bool Rdma { get; init; } = true;
    public bool Apparmor { get; init; } = true;
    public bool Selinux { get; init; } = true;
    public bool IntelRdt { get; init; } = true;
    public bool IdMappedMounts { get; init; } = true;
    public bool NetDevices { get; init; } = true;
    public bool Checkpoint { get; init; } = true;
}
