namespace Anocir.Platform.Rootfs;

/// <summary>What the plan of a root filesystem depends on besides config.json.</summary>
public sealed record RootfsHostFacts
{
    /// <summary>The runtime itself is inside a user namespace: no device nodes can be made.</summary>
    public bool InUserNamespace { get; init; }

    /// <summary>/sys/fs/cgroup is the cgroup2 filesystem (not v1, not hybrid).</summary>
    public bool UnifiedCgroups { get; init; }

    /// <summary>The cgroup v1 hierarchies with the container's cgroup in each.</summary>
    public IReadOnlyList<CgroupHierarchy> Hierarchies { get; init; } = [];

    /// <summary>The container's own cgroup as a path of the host under cgroup2, if it has one.</summary>
    public string? Cgroup2Path { get; init; }

    /// <summary>The host has /proc/kcore: containers get /dev/core.</summary>
    public bool HasKcore { get; init; }

    /// <summary>SELinux is on: linux.mountLabel is given to new filesystems.</summary>
    public bool Selinux { get; init; }
}
