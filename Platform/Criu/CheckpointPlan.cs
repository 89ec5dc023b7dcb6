using Anocir.Platform.Ipc;
using Anocir.Platform.Rootfs;

namespace Anocir.Platform.Criu;

/// <summary>What a caller needs to know of a container to have CRIU dump it; the rest are its own flags.</summary>
public sealed record CheckpointPlan
{
    public required int Pid { get; init; }
    public required RootfsPlan Rootfs { get; init; }
    /// <summary>The cgroup directory that stops all its processes; null where none does.</summary>
    public string? FreezerCgroup { get; init; }
    /// <summary>Types ("net", "pid") of the namespaces that config.json takes from elsewhere.</summary>
    public IReadOnlyList<string> ExternalNamespaces { get; init; } = [];
    /// <summary>CRIU's configuration for this container; null where it is to have none.</summary>
    public string? ConfigFile { get; init; }

    public WireWriter Write(WireWriter w)
    {
        w.Int(Pid);
        Rootfs.Write(w);
        return w.String(FreezerCgroup).Strings(ExternalNamespaces).String(ConfigFile);
    }

    public static CheckpointPlan Read(WireReader r) => new()
    {
        Pid = r.Int(),
        Rootfs = RootfsPlan.Read(r),
        FreezerCgroup = r.OptionalString(),
        ExternalNamespaces = r.Strings(),
        ConfigFile = r.OptionalString(),
    };
}
