namespace Anocir.Platform.Cgroups;

/// <summary>How cgroups are mounted on a host.</summary>
public enum CgroupLayout
{
    /// <summary>Not mounted at all.</summary>
    None,

    /// <summary>Version 1 only.</summary>
    Legacy,

    /// <summary>Version 1 controllers, and a cgroup2 hierarchy beside them (systemd's "unified").</summary>
    Hybrid,

    /// <summary>Version 2 only.</summary>
    Unified,
}
