using Anocir.Platform.Ipc;

namespace Anocir.Platform.Rootfs;

/// <summary>One mount, ready to be carried out.</summary>
public sealed record MountPlan
{
    /// <summary>Absolute inside the container, without "." and "..".</summary>
    public required string Destination { get; init; }
    public required MountKind Kind { get; init; }

    /// <summary>The filesystem type; empty for a bind.</summary>
    public string FileSystem { get; init; } = "";

    /// <summary>For a bind an absolute path of the host, otherwise what mountinfo is to show.</summary>
    public string Source { get; init; } = "";
    public bool RecursiveBind { get; init; }
    public MountAttributes Attributes { get; init; }

    /// <summary>The r* options: for the whole tree that is mounted.</summary>
    public MountAttributes RecursiveAttributes { get; init; }
    public IReadOnlyList<MountPropagation> Propagation { get; init; } = [];

    /// <summary>Parameters of the filesystem, "key=value" or "flag" each.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>A tmpfs that starts with what the directory under it holds.</summary>
    public bool CopyUp { get; init; }

    /// <summary>Refuse a destination that is reached through a symlink (proc and sysfs: CVE-2023-27561).</summary>
    public bool OrdinaryDirectory { get; init; }

    /// <summary>Made read-only only after everything is in place: the devices in /dev, mount points in a tmpfs.</summary>
    public bool ReadOnlyLast { get; init; }

    /// <summary>Bound, read-only, where the kernel refuses the filesystem (EPERM) in a user namespace; empty means an empty tmpfs.</summary>
    public string? Fallback { get; init; }
    public IdMapPlan? IdMap { get; init; }
    public IReadOnlyList<CgroupHierarchy> Hierarchies { get; init; } = [];

    /// <summary>Mount the v1 hierarchies anew (the container has a cgroup namespace) rather than bind them.</summary>
    public bool CgroupNamespace { get; init; }

    /// <summary>Used in error messages: what is mounted.</summary>
    internal string Subject => Kind == MountKind.Bind ? Source : FileSystem.Length > 0 ? FileSystem : Source;

    internal static void Write(WireWriter w, MountPlan m)
    {
        w.String(m.Destination).Byte((byte)m.Kind).String(m.FileSystem).String(m.Source).Bool(m.RecursiveBind);
        MountAttributes.Write(w, m.Attributes);
        MountAttributes.Write(w, m.RecursiveAttributes);
        w.List(m.Propagation, MountPropagation.Write).Strings(m.Data).Bool(m.CopyUp).Bool(m.OrdinaryDirectory).Bool(m.ReadOnlyLast).String(m.Fallback)
            .Optional(m.IdMap, IdMapPlan.Write).List(m.Hierarchies, CgroupHierarchy.Write).Bool(m.CgroupNamespace);
    }

    internal static MountPlan Read(WireReader r) => new()
    {
        Destination = r.String(),
        Kind = ReadKind(r),
        FileSystem = r.String(),
        Source = r.String(),
        RecursiveBind = r.Bool(),
        Attributes = MountAttributes.Read(r),
        RecursiveAttributes = MountAttributes.Read(r),
        Propagation = r.List(MountPropagation.Read),
        Data = r.Strings(),
        CopyUp = r.Bool(),
        OrdinaryDirectory = r.Bool(),
        ReadOnlyLast = r.Bool(),
        Fallback = r.OptionalString(),
        IdMap = r.Optional(IdMapPlan.Read),
        Hierarchies = r.List(CgroupHierarchy.Read),
        CgroupNamespace = r.Bool(),
    };

    private static MountKind ReadKind(WireReader r)
    {
        var kind = r.Byte();
        return kind <= (byte)MountKind.Cgroup2 ? (MountKind)kind : throw new InvalidDataException($"message holds {kind} where a kind of mount belongs");
    }
}
