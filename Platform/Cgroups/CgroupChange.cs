using Anocir.Platform.Oci;

namespace Anocir.Platform.Cgroups;

/// <summary>An update of a live container's limits.</summary>
/// <param name="Change">From what the container has.</param>
/// <param name="Present">What it has; null where nothing is known of that.</param>
/// <param name="DescribedDevices">From <see cref="Cgroup.DescribedDevices"/> of its config.</param>
public sealed record CgroupChange(ResourceChange Change, Resources? Present, IReadOnlyList<string>? DescribedDevices);
