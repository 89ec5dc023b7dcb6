using System.Globalization;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>The cgroups of one process: /proc/PID/cgroup. Lines read <c>4:memory:/path</c>, <c>9:name=systemd:/path</c>, <c>0::/path</c>.</summary>
public sealed class CgroupMembership
{
    private readonly Dictionary<string, string> _paths = new(StringComparer.Ordinal);

    private CgroupMembership(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(':', 3);
            if (fields.Length != 3) continue;
            foreach (var key in fields[1].Split(',')) _paths.TryAdd(key, fields[2]);
        }
    }

    public static CgroupMembership Parse(string text) => new(text);

    /// <exception cref="SyscallException">The process is gone.</exception>
    public static CgroupMembership Of(int pid) =>
        new(KernelFile.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup")));

    /// <summary>Names of the version 1 controllers and hierarchies that are mounted: "memory", "name=systemd".</summary>
    internal IEnumerable<string> Names => _paths.Keys;

    /// <summary>Path of the process below the mount point of the hierarchy, without a leading slash; null when it is not seen there.</summary>
    internal string? PathIn(CgroupHierarchy hierarchy)
    {
        var key = hierarchy.IsUnified ? "" : hierarchy.Name is { } name ? "name=" + name : hierarchy.Controllers[0];
        if (!_paths.TryGetValue(key, out var path)) return null;
        if (hierarchy.MountRoot == "/") return path.TrimStart('/');
        // A nested runtime without a cgroup namespace: /proc shows the host's path, the mount shows what is below its root.
        if (path == hierarchy.MountRoot) return "";
        return path.StartsWith(hierarchy.MountRoot + "/", StringComparison.Ordinal) ? path[(hierarchy.MountRoot.Length + 1)..] : null;
    }
}
