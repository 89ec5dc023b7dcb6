using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>The cgroup hierarchies of this host, as the supervisor sees them. Immutable: detect once.</summary>
public sealed class CgroupHost
{
    private readonly CgroupMembership _own;

    private CgroupHost(IReadOnlyList<CgroupHierarchy> hierarchies, CgroupMembership own, bool systemdRunning)
    {
        Hierarchies = hierarchies;
        _own = own;
        SystemdRunning = systemdRunning;
        Unified = hierarchies.FirstOrDefault(h => h.IsUnified);
        Layout = (hierarchies.Any(h => !h.IsUnified), Unified is not null) switch
        {
            (true, true) => CgroupLayout.Hybrid,
            (true, false) => CgroupLayout.Legacy,
            (false, true) => CgroupLayout.Unified,
            _ => CgroupLayout.None,
        };
    }

    public CgroupLayout Layout { get; }

    public IReadOnlyList<CgroupHierarchy> Hierarchies { get; }

    /// <summary>The version 2 hierarchy, alone or beside version 1.</summary>
    public CgroupHierarchy? Unified { get; }

    /// <summary>True when systemd is the init of this host (sd_booted(3)).</summary>
    public bool SystemdRunning { get; }

    /// <summary>Reads /proc/self/mountinfo and /proc/self/cgroup.</summary>
    /// <param name="root">Put before every path, for a tree made up elsewhere.</param>
    /// <exception cref="SyscallException">/proc cannot be read.</exception>
    public static CgroupHost Detect(string root = "")
    {
        var own = CgroupMembership.Parse(KernelFile.Read(root + "/proc/self/cgroup"));
        var hierarchies = CgroupMounts.Parse(
            KernelFile.Read(root + "/proc/self/mountinfo"),
            own.Names,
            root,
            mountPoint => KernelFile.TryRead(null, mountPoint + "/cgroup.controllers", out _) ?? "");
        return new CgroupHost(hierarchies, own, Directory.Exists(root + "/run/systemd/system"));
    }

    /// <summary>Finds the cgroup of a container. Touches nothing.</summary>
    /// <param name="cgroupsPath">
    /// <c>linux.cgroupsPath</c>. Absolute: below each mount point. Relative: below the cgroup of the caller; on a pure version 2 host beside
    /// it, since a cgroup with processes cannot hand controllers down. Null or empty: as if it were the id.
    /// </param>
    /// <param name="id">The container's id.</param>
    /// <param name="caller">Whose cgroup a relative path is below: the process that asked for the container; null is the supervisor.</param>
    /// <exception cref="ContainerException">The path leads outside the hierarchies, or is meant for systemd.</exception>
    public CgroupLocation Locate(string? cgroupsPath, string id, CgroupMembership? caller = null)
    {
        var isExplicit = !string.IsNullOrEmpty(cgroupsPath);
        var wanted = isExplicit ? cgroupsPath! : id;
        if (isExplicit && !SystemdRunning && IsForSystemd(wanted))
            throw new ContainerException($"cgroupsPath \"{wanted}\" is of the form slice:prefix:name for systemd, and systemd does not run on this host");
        var inner = Clean(wanted);
        var places = new CgroupDirectory[Hierarchies.Count];
        for (var i = 0; i < places.Length; i++)
        {
            var hierarchy = Hierarchies[i];
            var below = wanted.StartsWith('/') ? "" : Base(hierarchy, caller ?? _own);
            places[i] = new CgroupDirectory(hierarchy, below.Length == 0 ? inner : $"{below}/{inner}");
        }

        return new CgroupLocation(places, isExplicit);
    }

    /// <summary>The cgroup of a unit of systemd: the same path in every hierarchy.</summary>
    /// <param name="path">"/system.slice/docker-1234.scope"</param>
    /// <param name="unit">"docker-1234.scope"</param>
    /// <param name="slice">"system.slice"</param>
    internal CgroupLocation LocateUnit(string path, string unit, string slice)
    {
        var clean = Clean(path);
        return new CgroupLocation([.. Hierarchies.Select(h => new CgroupDirectory(h, clean))], isExplicit: true, unit, slice);
    }

    /// <summary>The directory that an absolute path names, in the hierarchy it is in.</summary>
    internal CgroupDirectory Find(string directory)
    {
        CgroupHierarchy? best = null;
        foreach (var hierarchy in Hierarchies)
        {
            if (directory.StartsWith(hierarchy.MountPoint + "/", StringComparison.Ordinal)
                && (best is null || hierarchy.MountPoint.Length > best.MountPoint.Length))
                best = hierarchy;
        }

        if (best is null) throw new ContainerException($"{directory} is in no cgroup hierarchy of this host");
        return new CgroupDirectory(best, Clean(directory[best.MountPoint.Length..]));
    }

    private string Base(CgroupHierarchy hierarchy, CgroupMembership caller)
    {
        // "/.." in /proc/PID/cgroup is a cgroup outside the reader's cgroup namespace.
        if (caller.PathIn(hierarchy) is not { } own || own.StartsWith("..", StringComparison.Ordinal)) return "";
        if (Layout != CgroupLayout.Unified) return own;
        var slash = own.LastIndexOf('/');
        return slash < 0 ? "" : own[..slash];
    }

    private static bool IsForSystemd(string path) =>
        !path.Contains('/', StringComparison.Ordinal) && path.Split(':') is { Length: 3 } parts && parts[2].Length > 0;

    private static string Clean(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part != "..")
            {
                parts.Add(part);
                continue;
            }

            if (parts.Count == 0) throw new ContainerException($"invalid cgroupsPath \"{path}\": it leads above the root of the cgroups");
            parts.RemoveAt(parts.Count - 1);
        }

        if (parts.Count == 0) throw new ContainerException($"invalid cgroupsPath \"{path}\": the root cgroup cannot be a container's");
        return path.AsSpan().IndexOfAny('\0', '\n') < 0
            ? string.Join('/', parts)
            : throw new ContainerException("invalid cgroupsPath: it holds a control character");
    }
}
