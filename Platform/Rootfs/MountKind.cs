namespace Anocir.Platform.Rootfs;

/// <summary>How a mount comes about.</summary>
public enum MountKind : byte
{
    /// <summary>A clone of a tree that exists.</summary>
    Bind,

    /// <summary>A new mount of a filesystem type.</summary>
    FileSystem,

    /// <summary>Other attributes for what is mounted there already.</summary>
    Remount,

    /// <summary>A tmpfs with one directory per cgroup v1 hierarchy.</summary>
    CgroupTree,

    /// <summary>The cgroup2 filesystem, or a bind of it where the kernel refuses a new mount.</summary>
    Cgroup2,
}
