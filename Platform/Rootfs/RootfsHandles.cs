using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

/// <summary>Descriptors that the launcher opened before the clone, by the index of the mount in <see cref="RootfsPlan.Mounts"/>. The builder closes them.</summary>
public sealed record RootfsHandles
{
    /// <summary>Trees from <see cref="MountSource.Open"/>: attributes and id mapping are applied already.</summary>
    public IReadOnlyDictionary<int, FdHandle> Sources { get; init; } = new Dictionary<int, FdHandle>();

    /// <summary>User namespaces that hold the mappings of idmapped mounts.</summary>
    public IReadOnlyDictionary<int, FdHandle> UserNamespaces { get; init; } = new Dictionary<int, FdHandle>();
}
