using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;

namespace Anocir.Platform.Rootfs;

/// <summary>
/// An idmapped mount. The mappings belong to a user namespace that the launcher makes and hands in;
/// empty mappings mean the container's own user namespace.
/// </summary>
public sealed record IdMapPlan(IReadOnlyList<IdMapping> UidMappings, IReadOnlyList<IdMapping> GidMappings, bool Recursive)
{
    public bool ContainerNamespace => UidMappings.Count == 0;

    internal static void Write(WireWriter w, IdMapPlan m) =>
        w.List(m.UidMappings, WriteMapping).List(m.GidMappings, WriteMapping).Bool(m.Recursive);

    internal static IdMapPlan Read(WireReader r) => new(r.List(ReadMapping), r.List(ReadMapping), r.Bool());

    private static void WriteMapping(WireWriter w, IdMapping m) => w.Int((int)m.ContainerID).Int((int)m.HostID).Int((int)m.Size);

    private static IdMapping ReadMapping(WireReader r) => new() { ContainerID = (uint)r.Int(), HostID = (uint)r.Int(), Size = (uint)r.Int() };
}
