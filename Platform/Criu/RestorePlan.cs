using Anocir.Platform.Ipc;
using Anocir.Platform.Rootfs;

namespace Anocir.Platform.Criu;

/// <summary>What a caller needs to know of a container to have CRIU restore it; the rest are its own flags.</summary>
public sealed record RestorePlan
{
    public required RootfsPlan Rootfs { get; init; }
    /// <summary>A directory of the host, to be made: where the root filesystem is mounted for CRIU.</summary>
    public required string MountPoint { get; init; }
    /// <summary>Namespaces that config.json takes from elsewhere: type as in /proc/PID/ns, and path.</summary>
    public IReadOnlyList<(string Type, string Path)> JoinedNamespaces { get; init; } = [];
    /// <summary>The network namespace is new, and CRIU leaves it empty: its loopback is to be brought up before sockets are restored.</summary>
    public bool BringLoopbackUp { get; init; }
    /// <summary>CRIU's configuration for this container; null where it is to have none.</summary>
    public string? ConfigFile { get; init; }

    public WireWriter Write(WireWriter w)
    {
        Rootfs.Write(w);
        return w.String(MountPoint).List(JoinedNamespaces, static (w, n) => w.String(n.Type).String(n.Path)).Bool(BringLoopbackUp).String(ConfigFile);
    }

    public static RestorePlan Read(WireReader r) => new()
    {
        Rootfs = RootfsPlan.Read(r),
        MountPoint = r.String(),
        JoinedNamespaces = r.List(static r => (r.String(), r.String())),
        BringLoopbackUp = r.Bool(),
        ConfigFile = r.OptionalString(),
    };
}
