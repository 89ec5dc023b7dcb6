using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>Whether a container's user gets its cgroup (config-linux.md, Cgroup ownership).</summary>
public static class CgroupOwnership
{
    /// <summary>Host uid of the new owner; null when the cgroup stays the host's.</summary>
    /// <param name="spec">The container's config.</param>
    /// <param name="ownNamespace">It gets a cgroup namespace of its own.</param>
    public static uint? Uid(Spec spec, bool ownNamespace)
    {
        if (!ownNamespace || spec.Mounts?.Any(IsWritableCgroup) is not true) return null;
        var user = spec.Process?.User?.Uid ?? 0;
        if (spec.Linux?.UidMappings is not { Count: > 0 } mappings) return user == Sys.EffectiveUser() ? null : user;
        foreach (var map in mappings)
        {
            if (user >= map.ContainerID && user - map.ContainerID < map.Size) return map.HostID + (user - map.ContainerID);
        }

        return null;
    }

    private static bool IsWritableCgroup(Mount mount) =>
        mount.Source == "cgroup" && mount.Destination?.TrimEnd('/') == "/sys/fs/cgroup" && mount.Options?.Contains("ro") is not true;
}
