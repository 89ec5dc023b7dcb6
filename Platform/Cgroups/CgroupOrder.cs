using Anocir.Platform.Oci;

namespace Anocir.Platform.Cgroups;

/// <summary>The cgroup that a container is to have.</summary>
public sealed record CgroupOrder
{
    /// <summary>The container's id, for people to read.</summary>
    public required string Id { get; init; }

    /// <summary>From the driver that makes it.</summary>
    public required CgroupLocation Location { get; init; }

    public Resources? Resources { get; init; }

    /// <summary><c>linux.devices</c>, which may stand for default devices.</summary>
    public IReadOnlyList<Device>? Devices { get; init; }

    /// <summary>Properties of its unit may be among them.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Host uid of a user who gets the cgroup; null keeps it the host's.</summary>
    public uint? Owner { get; init; }
}
