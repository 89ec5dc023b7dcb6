using System.Globalization;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Criu;

/// <summary>
/// The mounts of a container whose source is outside: bind mounts, and what stands in their way. CRIU does not dump them but by a name, for which
/// their path inside serves, all symlinks resolved; a restore finds the name again and the source in config.json.
/// </summary>
public static class ExternalMounts
{
    /// <summary>What masked files are bound from. Directories are masked by a tmpfs, which is the container's own.</summary>
    private const string Null = "/dev/null";

    /// <summary>Of a container that runs: paths as its init sees them.</summary>
    public static IReadOnlyList<(string Key, string Value)> OfDump(RootfsPlan plan, int pid)
    {
        using var directory = Sys.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/root"), Sys.OPath | Sys.ODirectory);
        var root = new ContainerRoot(directory);
        var mounts = new List<(string, string)>();
        foreach (var path in Destinations(plan).Select(d => Resolve(root, d) ?? d)) mounts.Add((path, path));
        foreach (var path in plan.MaskedPaths)
        {
            using var masked = root.TryOpen(path, out var errno);
            if (masked is null && errno is not (Errno.ENOENT or Errno.ENOTDIR)) throw new SyscallException($"stat {path} of the container", errno);
            if (masked is not null && !Sys.Stat(masked, path).IsDirectory) mounts.Add((path, Null));
        }

        return mounts;
    }

    /// <summary>
    /// Makes what the mounts of a restored container need under them, as a creation would, and says where the external ones come from. To be called in
    /// a mount namespace of its own: bind mounts are made for the time it takes, since later mounts may lie in them.
    /// </summary>
    public static IReadOnlyList<(string Key, string Value)> MakeForRestore(RootfsPlan plan)
    {
        using var directory = Sys.Open(plan.RootPath, Sys.OPath | Sys.ODirectory);
        var root = new ContainerRoot(directory);
        var prefix = Sys.PathOf(directory);
        var memory = plan.Mounts.Where(static m => m.FileSystem == "tmpfs").Select(static m => m.Destination + "/").ToList();
        var bound = new List<FdHandle>();
        var mounts = new List<(string, string)>();
        try
        {
            foreach (var mount in plan.Mounts)
            {
                if (mount.Kind is MountKind.Remount or MountKind.CgroupTree or MountKind.Cgroup2) continue;
                // What lies in a tmpfs is in the images.
                if (memory.Exists(m => mount.Destination.StartsWith(m, StringComparison.Ordinal)))
                {
                    if (mount.Kind == MountKind.Bind) mounts.Add((mount.Destination, mount.Source));
                    continue;
                }

                using var target = root.OpenOrCreate(mount.Destination, () => mount.Kind != MountKind.Bind || IsDirectory(mount.Source), out _);
                if (mount.Kind != MountKind.Bind) continue;
                var inside = Sys.PathOf(target);
                mounts.Add((inside.StartsWith(prefix + "/", StringComparison.Ordinal) ? inside[prefix.Length..] : mount.Destination, mount.Source));
                bound.Add(Bind(mount, target));
            }
        }
        finally
        {
            for (var i = bound.Count - 1; i >= 0; i--)
            {
                using var tree = bound[i];
                Libc.mount_umount2(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{tree.Value}"), Sys.MntDetach);
            }
        }

        foreach (var (path, source) in Hierarchies(plan)) mounts.Add((path, source));
        if (plan.BindDevices) mounts.AddRange(plan.Devices.Select(static d => (d.Path, d.Path)));
        if (plan.MaskedPaths.Count > 0) mounts.Add((Null, Null));
        return mounts;
    }

    /// <summary>CRIU wants the root of a container as a mount point whose parent nothing is mounted over.</summary>
    public static void BindRoot(string root, string mountPoint)
    {
        const nuint bind = 0x1000, recursive = 0x4000;
        if (Libc.mount_mount(root, mountPoint, null, bind | recursive, null) != 0)
            throw new SyscallException($"mount {root} on {mountPoint}", System.Runtime.InteropServices.Marshal.GetLastPInvokeError());
    }

    private static IEnumerable<string> Destinations(RootfsPlan plan)
    {
        foreach (var mount in plan.Mounts.Where(static m => m.Kind == MountKind.Bind)) yield return mount.Destination;
        foreach (var (path, _) in Hierarchies(plan)) yield return path;
        foreach (var device in plan.BindDevices ? plan.Devices : []) yield return device.Path;
    }

    /// <summary>Version 1 hierarchies are bound, unless the container has a cgroup namespace, in which they are mounted anew.</summary>
    private static IEnumerable<(string Path, string Source)> Hierarchies(RootfsPlan plan) =>
        plan.Mounts.Where(static m => m is { Kind: MountKind.CgroupTree, CgroupNamespace: false })
            .SelectMany(static m => m.Hierarchies, static (m, h) => ($"{m.Destination}/{h.Directory}", h.HostPath));

    private static string? Resolve(ContainerRoot root, string path)
    {
        using var found = root.TryOpen(path, out _);
        return found is null ? null : Sys.PathOf(found);
    }

    private static bool IsDirectory(string source)
    {
        using var file = Sys.Open(source, Sys.OPath);
        return Sys.Stat(file, source).IsDirectory;
    }

    private static FdHandle Bind(MountPlan mount, FdHandle target)
    {
        var tree = Sys.TryOpenTree(null, mount.Source, Sys.OpenTreeClone | Sys.AtRecursive, out var errno);
        if (tree is not null) errno = Sys.TryMoveMount(tree, target);
        return errno == 0 ? tree! : throw new SyscallException($"mount {mount.Source} on {mount.Destination}", errno);
    }
}
