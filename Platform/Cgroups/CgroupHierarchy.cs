using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>One mounted cgroup hierarchy. Immutable; its root stays open as an O_PATH descriptor once it was used.</summary>
public sealed class CgroupHierarchy
{
    private readonly Lazy<FdHandle> _root;

    internal CgroupHierarchy(string mountPoint, string mountRoot, IReadOnlyList<string> controllers, string? name, bool isUnified)
    {
        MountPoint = mountPoint;
        MountRoot = mountRoot;
        Controllers = controllers;
        Name = name;
        IsUnified = isUnified;
        _root = new Lazy<FdHandle>(() => Sys.Open(MountPoint, Sys.OPath | Sys.ODirectory));
    }

    /// <summary>Absolute: "/sys/fs/cgroup/memory".</summary>
    public string MountPoint { get; }

    /// <summary>The cgroup that is seen at the mount point: "/" but for a nested runtime without a cgroup namespace.</summary>
    public string MountRoot { get; }

    /// <summary>"cpu", "cpuacct": of version 1 what the mount binds, of version 2 what the root offers. Empty for a named hierarchy.</summary>
    public IReadOnlyList<string> Controllers { get; }

    /// <summary>"systemd" for a version 1 hierarchy mounted with name=systemd.</summary>
    public string? Name { get; }

    /// <summary>True for cgroup version 2.</summary>
    public bool IsUnified { get; }

    internal FdHandle Root => _root.Value;

    public bool Has(string controller)
    {
        for (var i = 0; i < Controllers.Count; i++)
            if (Controllers[i] == controller) return true;
        return false;
    }

    public override string ToString() => MountPoint;
}
