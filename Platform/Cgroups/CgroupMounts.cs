using System.Text;

namespace Anocir.Platform.Cgroups;

/// <summary>Finds the cgroup hierarchies in the text of /proc/PID/mountinfo (proc_pid_mountinfo(5)).</summary>
internal static class CgroupMounts
{
    /// <param name="mountInfo">Text of mountinfo.</param>
    /// <param name="controllers">Controllers and named hierarchies of version 1, from /proc/self/cgroup: tells them from mount options.</param>
    /// <param name="root">Put before every mount point.</param>
    /// <param name="unifiedControllers">Text of cgroup.controllers at a version 2 mount point.</param>
    internal static List<CgroupHierarchy> Parse(
        string mountInfo, IEnumerable<string> controllers, string root, Func<string, string> unifiedControllers)
    {
        var known = controllers.ToHashSet(StringComparer.Ordinal);
        var found = new Dictionary<string, CgroupHierarchy>(StringComparer.Ordinal);
        foreach (var line in mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var separator = line.IndexOf(" - ", StringComparison.Ordinal);
            if (separator < 0) continue;
            var left = line[..separator].Split(' ');
            var right = line[(separator + 3)..].Split(' ');
            if (left.Length < 6 || right.Length < 3) continue;
            var hierarchy = right[0] switch
            {
                "cgroup2" => Unified(root + Unescape(left[4]), Unescape(left[3]), unifiedControllers),
                "cgroup" => Legacy(root + Unescape(left[4]), Unescape(left[3]), right[2].Split(','), known),
                _ => null,
            };
            if (hierarchy is null) continue;
            var key = hierarchy.IsUnified ? "" : hierarchy.Name is { } name ? "name=" + name : string.Join(',', hierarchy.Controllers);
            // The same hierarchy can be mounted in many places (containers' root filesystems among them): the host's own is asked for.
            if (!found.TryGetValue(key, out var other) || Rank(hierarchy, root) < Rank(other, root)) found[key] = hierarchy;
        }

        return [.. found.Values];
    }

    private static int Rank(CgroupHierarchy hierarchy, string root) =>
        hierarchy.MountPoint == root + "/sys/fs/cgroup" || hierarchy.MountPoint.StartsWith(root + "/sys/fs/cgroup/", StringComparison.Ordinal) ? 0 : 1;

    private static CgroupHierarchy Unified(string mountPoint, string mountRoot, Func<string, string> controllers) =>
        new(mountPoint, mountRoot, controllers(mountPoint).Split(' ', StringSplitOptions.RemoveEmptyEntries), null, isUnified: true);

    private static CgroupHierarchy? Legacy(string mountPoint, string mountRoot, string[] options, HashSet<string> known)
    {
        var bound = options.Where(o => known.Contains(o) && !o.StartsWith("name=", StringComparison.Ordinal)).ToArray();
        var name = options.FirstOrDefault(o => o.StartsWith("name=", StringComparison.Ordinal))?[5..];
        return bound.Length == 0 && name is null ? null : new CgroupHierarchy(mountPoint, mountRoot, bound, name, isUnified: false);
    }

    // Space, tab, newline and backslash are written as octal: \040.
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal)) return field;
        var text = new StringBuilder();
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else text.Append(field[i]);
        }

        return text.ToString();
    }
}
