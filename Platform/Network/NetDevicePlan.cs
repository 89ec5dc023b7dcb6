using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;

namespace Anocir.Platform.Network;

/// <summary>One entry of <c>linux.netDevices</c>: a device of the caller's network namespace, and its name in the container's.</summary>
/// <param name="NewName">With "%d" in it the kernel picks a number that is free.</param>
public sealed record NetDevicePlan(string Name, string NewName)
{
    /// <summary>The kernel numbers the device itself.</summary>
    public bool IsPattern => NewName.Contains("%d", StringComparison.Ordinal);

    public static IReadOnlyList<NetDevicePlan> From(IReadOnlyDictionary<string, NetDevice>? devices) =>
        [.. (devices ?? new Dictionary<string, NetDevice>()).Select(d => new NetDevicePlan(d.Key, string.IsNullOrEmpty(d.Value?.Name) ? d.Key : d.Value.Name))];

    public static void Write(WireWriter w, NetDevicePlan d) => w.String(d.Name).String(d.NewName);

    public static NetDevicePlan Read(WireReader r) => new(r.String(), r.String());
}
