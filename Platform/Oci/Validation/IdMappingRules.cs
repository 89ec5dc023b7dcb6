namespace Anocir.Platform.Oci.Validation;

/// <summary>User and group mappings: of the container's user namespace, and of mounts. The limits are those of map_write in the kernel.</summary>
internal static class IdMappingRules
{
    private const int MostMappings = 340;

    public static void Check(Linux? linux, ValidationOptions options, NamespaceSet namespaces, Findings findings)
    {
        var hasUids = linux?.UidMappings is { Count: > 0 };
        var hasGids = linux?.GidMappings is { Count: > 0 };
        if (!namespaces.Has("user"))
        {
            if (hasUids || hasGids)
            {
                findings.Fail(hasUids ? "linux.uidMappings" : "linux.gidMappings",
                    "user namespace mappings specified, but user namespace isn't enabled in the config");
            }
            if (options.Rootless) findings.Fail("linux.namespaces", "rootless container requires user namespaces");
            return;
        }
        if (namespaces.Joins("user"))
        {
            if (hasUids || hasGids)
            {
                findings.Warn("linux.namespaces", "both a user namespace path to join and mappings are specified: they must be the same");
            }
        }
        else
        {
            if (!hasUids && !hasGids)
            {
                findings.Fail("linux.namespaces", "user namespaces enabled, but no namespace path to join nor mappings to apply specified");
            }
            if (!hasUids) findings.Fail("linux.uidMappings", "user namespaces enabled, but no uid mappings found");
            if (!hasGids) findings.Fail("linux.gidMappings", "user namespaces enabled, but no gid mappings found");
        }
        CheckList("linux.uidMappings", linux?.UidMappings, findings);
        CheckList("linux.gidMappings", linux?.GidMappings, findings);
        // Init sets up the container as root of its user namespace.
        if (hasUids && !Maps(linux!.UidMappings!, 0)) findings.Fail("linux.uidMappings", "user namespaces enabled, but no mapping found for uid 0");
        if (hasGids && !Maps(linux!.GidMappings!, 0)) findings.Fail("linux.gidMappings", "user namespaces enabled, but no mapping found for gid 0");
    }

    /// <summary>The user of the process must exist in a user namespace that is made for it.</summary>
    public static void CheckUser(User? user, Linux? linux, NamespaceSet namespaces, Findings findings)
    {
        if (user is null || !namespaces.Creates("user")) return;
        if (!Maps(linux!.UidMappings!, user.Uid)) findings.Fail("process.user.uid", $"cannot setuid to unmapped uid {user.Uid} in user namespace");
        if (!Maps(linux.GidMappings!, user.Gid)) findings.Fail("process.user.gid", $"cannot setgid to unmapped gid {user.Gid} in user namespace");
    }

    public static bool Maps(IReadOnlyList<IdMapping> mappings, uint containerId)
    {
        foreach (var mapping in mappings)
        {
            if (containerId >= mapping.ContainerID && containerId - mapping.ContainerID < mapping.Size) return true;
        }
        return false;
    }

    public static void CheckList(string field, IReadOnlyList<IdMapping>? mappings, Findings findings)
    {
        mappings = findings.Items(field, mappings);
        if (mappings.Count > MostMappings) findings.Fail(field, $"more than {MostMappings} mappings");
        for (var i = 0; i < mappings.Count; i++)
        {
            var mapping = mappings[i];
            if (mapping.Size == 0) findings.Fail($"{field}[{i}].size", "must be greater than zero");
            // The last id, 4294967295, is no id: it means "unchanged" to chown(2) and setuid(2).
            if (mapping.Size > uint.MaxValue - mapping.ContainerID) findings.Fail($"{field}[{i}]", "containerID plus size goes beyond the last id");
            if (mapping.Size > uint.MaxValue - mapping.HostID) findings.Fail($"{field}[{i}]", "hostID plus size goes beyond the last id");
            for (var j = 0; j < i; j++)
            {
                if (Overlap(mappings[j].ContainerID, mappings[j].Size, mapping.ContainerID, mapping.Size))
                {
                    findings.Fail($"{field}[{i}]", $"container ids overlap those of {field}[{j}]");
                }
                if (Overlap(mappings[j].HostID, mappings[j].Size, mapping.HostID, mapping.Size))
                {
                    findings.Fail($"{field}[{i}]", $"host ids overlap those of {field}[{j}]");
                }
            }
        }
    }

    private static bool Overlap(uint first, uint firstSize, uint second, uint secondSize) =>
        first < (ulong)second + secondSize && second < (ulong)first + firstSize;
}
