using System.Globalization;

namespace Anocir.Platform.Oci.Validation;

/// <summary>config.md, Mounts, and which mounts may be made on and under /proc.</summary>
internal static class MountRules
{
    /// <summary>Single files that lxcfs and the like emulate; all else under /proc would let an image fake what the runtime writes to.</summary>
    private static readonly string[] AllowedUnderProc =
    [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg",
        "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ];

    public static void Check(Spec spec, ValidationOptions options, NamespaceSet namespaces, Findings findings)
    {
        var mounts = findings.Items("mounts", spec.Mounts);
        for (var i = 0; i < mounts.Count; i++)
        {
            var (mount, mountOptions) = (mounts[i], mounts[i].Options ?? []);
            CheckStrings(mount, i, findings);
            var isBind = mountOptions.Contains("bind") || mountOptions.Contains("rbind");
            CheckTypeAndSource(mount, mountOptions, isBind, i, findings);
            CheckData(spec.Linux, mountOptions, isBind, options, i, findings);
            CheckIdMapping(mount, mountOptions, isBind, options, namespaces, i, findings);
            CheckProc(mount, isBind, i, findings);
        }
    }

    private static void CheckStrings(Mount mount, int i, Findings findings)
    {
        if (string.IsNullOrEmpty(mount.Destination)) findings.Fail($"mounts[{i}].destination", "must not be empty");
        if (mount.Destination.Contains('\0')) findings.Fail($"mounts[{i}].destination", "mount field contains null byte");
        if (mount.Source?.Contains('\0') is true) findings.Fail($"mounts[{i}].source", "mount field contains null byte");
        if (mount.Type?.Contains('\0') is true) findings.Fail($"mounts[{i}].type", "mount field contains null byte");
        findings.Strings($"mounts[{i}].options", mount.Options);
        if (!mount.Destination.StartsWith('/'))
        {
            findings.Warn($"mounts[{i}].destination", $"relative destination path {Quoted.Text(mount.Destination)} is deprecated, using it as relative to /");
        }
    }

    private static void CheckTypeAndSource(Mount mount, IReadOnlyList<string> mountOptions, bool isBind, int i, Findings findings)
    {
        if (isBind)
        {
            if (string.IsNullOrEmpty(mount.Source) && !mountOptions.Contains("remount")) findings.Fail($"mounts[{i}].source", "a bind mount needs a source");
        }
        else if (string.IsNullOrEmpty(mount.Type) && !mountOptions.Contains("remount"))
        {
            findings.Fail($"mounts[{i}].type", "must be specified, unless the options say bind or rbind");
        }
    }

    private static void CheckData(Linux? linux, IReadOnlyList<string> mountOptions, bool isBind, ValidationOptions options, int i, Findings findings)
    {
        foreach (var option in mountOptions)
        {
            if (option.Length == 0 || Vocabulary.MountOptions.Contains(option)) continue;
            // The kernel ignores data on a bind mount: what was asked for would silently not be.
            if (isBind)
            {
                findings.Fail($"mounts[{i}].options", $"bind mounts cannot have any filesystem-specific options applied ({Quoted.Text(option)})");
            }
            if (options.Rootless) CheckOwnerOption(option, linux, i, findings);
        }
    }

    private static void CheckOwnerOption(string option, Linux? linux, int i, Findings findings)
    {
        if (!uint.TryParse(option.AsSpan(Math.Min(option.Length, 4)), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return;
        if (option.StartsWith("uid=", StringComparison.Ordinal) && !IdMappingRules.Maps(linux?.UidMappings ?? [], id))
        {
            findings.Fail($"mounts[{i}].options", $"cannot specify {option} mount option for rootless container: no mapping found for uid {id}");
        }
        if (option.StartsWith("gid=", StringComparison.Ordinal) && !IdMappingRules.Maps(linux?.GidMappings ?? [], id))
        {
            findings.Fail($"mounts[{i}].options", $"cannot specify {option} mount option for rootless container: no mapping found for gid {id}");
        }
    }

    private static void CheckIdMapping(
        Mount mount, IReadOnlyList<string> mountOptions, bool isBind, ValidationOptions options, NamespaceSet namespaces, int i, Findings findings)
    {
        var named = mountOptions.Contains("idmap") || mountOptions.Contains("ridmap");
        var hasUids = mount.UidMappings is { Count: > 0 };
        var hasGids = mount.GidMappings is { Count: > 0 };
        if (!named && !hasUids && !hasGids) return;
        if (!isBind) findings.Fail($"mounts[{i}]", "id-mapped mounts are only supported for bind-mounts");
        if (options.Rootless) findings.Fail($"mounts[{i}]", "id-mapped mounts are not supported for rootless containers");
        // Without mappings of its own the mount takes those of the container's user namespace.
        if (hasUids != hasGids || (!hasUids && !namespaces.Has("user")))
        {
            findings.Fail($"mounts[{i}].{(hasUids ? "gidMappings" : "uidMappings")}", "id-mapped mounts must have both uid and gid mappings specified");
        }
        IdMappingRules.CheckList($"mounts[{i}].uidMappings", mount.UidMappings, findings);
        IdMappingRules.CheckList($"mounts[{i}].gidMappings", mount.GidMappings, findings);
    }

    /// <summary>CVE-2019-16884, CVE-2019-19921. By the text alone: whether a bind on /proc comes from a procfs, and where links
    /// in the rootfs lead to, is seen when the mount is made.</summary>
    private static void CheckProc(Mount mount, bool isBind, int i, Findings findings)
    {
        var destination = LexicalPath.Clean(mount.Destination!);
        if (destination == "/proc")
        {
            if (!isBind && mount.Type is not (null or "" or "proc"))
            {
                findings.Fail($"mounts[{i}]", $"{Quoted.Text(destination)} cannot be mounted because it is not of type proc");
            }
        }
        else if (destination.StartsWith("/proc/", StringComparison.Ordinal) && !AllowedUnderProc.Contains(destination))
        {
            findings.Fail($"mounts[{i}]", $"{Quoted.Text(destination)} cannot be mounted because it is inside /proc");
        }
    }
}
