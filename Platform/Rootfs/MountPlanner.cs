using Anocir.Platform.Oci;

namespace Anocir.Platform.Rootfs;

/// <summary>Turns one entry of <c>mounts</c> into a <see cref="MountPlan"/>.</summary>
internal sealed class MountPlanner(Spec spec, string bundle, RootfsHostFacts facts)
{
    // What lxcfs and the like may cover; everything else under /proc would let an image fake what the kernel says (CVE-2019-16884).
    private static readonly string[] CoverableProcFiles =
    [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo",
        "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ];

    private readonly bool _userNamespace = facts.InUserNamespace || RootfsPlanner.HasNamespace(spec, "user");

    internal static bool MayCover(string destination) => Array.IndexOf(CoverableProcFiles, destination) >= 0;

    internal MountPlan Plan(Mount mount)
    {
        var destination = RootfsPlanner.CleanPath(mount.Destination ?? throw new ContainerException("mount without a destination"));
        if (destination == "/") throw new ContainerException("mounting onto / is prohibited");
        if (destination.StartsWith("/proc/", StringComparison.Ordinal) && !MayCover(destination))
            throw new ContainerException($"\"{destination}\" cannot be mounted because it is inside /proc");

        var options = Read(mount);
        var bind = options.Bind || options.RecursiveBind || mount.Type == "bind";
        if (options.Remount) return Common(MountKind.Remount, destination, mount, options) with { Data = bind ? [] : options.Data, RecursiveBind = bind };
        if (destination == "/proc" && !bind && mount.Type != "proc")
            throw new ContainerException($"\"{destination}\" cannot be mounted: only a procfs may be there");
        if (bind) return Bind(destination, mount, options);
        return mount.Type switch
        {
            null or "" => throw new ContainerException($"mount on {destination} has neither a type nor bind among its options"),
            "cgroup" when facts.UnifiedCgroups => Cgroup2(destination, mount, options),
            "cgroup" => Common(MountKind.CgroupTree, destination, mount, options) with
            {
                Hierarchies = facts.Hierarchies,
                CgroupNamespace = RootfsPlanner.HasNamespace(spec, "cgroup"),
            },
            "cgroup2" => Cgroup2(destination, mount, options),
            _ => FileSystem(destination, mount, options),
        };
    }

    private MountPlan Bind(string destination, Mount mount, ReadOptions options)
    {
        if (string.IsNullOrEmpty(mount.Source)) throw new ContainerException($"bind mount on {destination} without a source");
        if (options.Data.Count > 0)
            throw new ContainerException($"bind mount on {destination}: bind mounts cannot have any filesystem-specific options applied: {string.Join(',', options.Data)}");
        return Common(MountKind.Bind, destination, mount, options) with
        {
            Source = RootfsPlanner.CleanPath(Path.Combine(bundle, mount.Source)),
            FileSystem = "",
            RecursiveBind = options.RecursiveBind,
            Data = [],
        };
    }

    private MountPlan FileSystem(string destination, Mount mount, ReadOptions options)
    {
        var type = mount.Type!;
        var plan = Common(MountKind.FileSystem, destination, mount, options);
        plan = plan with
        {
            CopyUp = options.CopyUp && type == "tmpfs",
            OrdinaryDirectory = type is "proc" or "sysfs",
            // Docker asks for gid=5; a user namespace that does not map it makes the kernel refuse the whole mount.
            Data = type == "devpts" ? [.. plan.Data.Where(d => !IsUnmappedGid(d))] : plan.Data,
            Fallback = !_userNamespace ? null : type switch
            {
                "sysfs" => "/sys",
                "mqueue" => "/dev/mqueue",
                // Without a pid namespace of its own a container sees the host's processes anyway.
                "proc" when !RootfsPlanner.HasNamespace(spec, "pid") => "/proc",
                _ => null,
            },
        };
        var readOnly = (plan.Attributes.Set & MountAttributes.ReadOnly) != 0;
        if (readOnly && (type == "tmpfs" || destination == "/dev"))
            return plan with { ReadOnlyLast = true, Attributes = plan.Attributes.Without(MountAttributes.ReadOnly) };
        // A filesystem on a device must not be opened for writing at all; the kernel's own share one superblock with others.
        if (readOnly && type is not ("proc" or "sysfs" or "devpts" or "mqueue")) return plan with { Data = ["ro", .. plan.Data] };
        return plan;
    }

    private MountPlan Cgroup2(string destination, Mount mount, ReadOptions options) => Common(MountKind.Cgroup2, destination, mount, options) with
    {
        FileSystem = "cgroup2",
        // Never the whole host's tree (CVE-2023-25809): the container's own cgroup, or nothing.
        Fallback = facts.Cgroup2Path ?? "",
        CgroupNamespace = RootfsPlanner.HasNamespace(spec, "cgroup"),
    };

    private MountPlan Common(MountKind kind, string destination, Mount mount, ReadOptions options) => new()
    {
        Destination = destination,
        Kind = kind,
        FileSystem = mount.Type ?? "",
        Source = string.IsNullOrEmpty(mount.Source) ? mount.Type ?? "none" : mount.Source,
        Attributes = options.Attributes,
        RecursiveAttributes = options.RecursiveAttributes,
        Propagation = options.Propagation,
        Data = WithLabel(mount.Type, options.Data),
        IdMap = IdMap(destination, mount, options),
    };

    private IReadOnlyList<string> WithLabel(string? type, IReadOnlyList<string> data)
    {
        if (!facts.Selinux || spec.Linux?.MountLabel is not { Length: > 0 } label) return data;
        return type is null or "bind" or "proc" or "sysfs" or "mqueue" or "cgroup" || data.Any(d => d.Contains("context=", StringComparison.Ordinal)) ? data : [.. data, $"context={label}"];
    }

    private IdMapPlan? IdMap(string destination, Mount mount, ReadOptions options)
    {
        var uids = mount.UidMappings ?? [];
        var gids = mount.GidMappings ?? [];
        if (uids.Count == 0 != (gids.Count == 0)) throw new ContainerException($"mount on {destination}: uidMappings and gidMappings belong together");
        if (uids.Count == 0 && !options.IdMap) return null;
        if (uids.Count == 0 && !RootfsPlanner.HasNamespace(spec, "user"))
            throw new ContainerException($"mount on {destination}: idmap without mappings needs a user namespace");
        return new IdMapPlan(uids, gids, options.IdMapRecursive);
    }

    private bool IsUnmappedGid(string data)
    {
        if (!_userNamespace || !data.StartsWith("gid=", StringComparison.Ordinal) || !uint.TryParse(data.AsSpan(4), out var gid)) return false;
        return spec.Linux?.GidMappings is { Count: > 0 } mappings && !mappings.Any(m => gid >= m.ContainerID && gid - m.ContainerID < m.Size);
    }

    private static ReadOptions Read(Mount mount)
    {
        var read = new ReadOptions();
        foreach (var word in mount.Options ?? [])
        {
            if (!MountOptionTable.TryGet(word, out var option))
            {
                if (word.Length > 0) read.Data.Add(word);
                continue;
            }

            switch (option.Kind)
            {
                case MountOptionKind.Attribute: read.Attributes = read.Attributes.With(option.Set, option.Clear); break;
                case MountOptionKind.RecursiveAttribute: read.RecursiveAttributes = read.RecursiveAttributes.With(option.Set, option.Clear); break;
                case MountOptionKind.Superblock:
                    if (option.Opposite is not null) read.Data.Remove(option.Opposite);
                    read.Data.Add(word);
                    break;
                case MountOptionKind.Bind: read.Bind = true; break;
                case MountOptionKind.RecursiveBind: read.RecursiveBind = true; break;
                case MountOptionKind.Remount: read.Remount = true; break;
                case MountOptionKind.Propagation: read.Propagation.Add(MountPropagation.Parse(word)!.Value); break;
                case MountOptionKind.IdMap: read.IdMap = true; break;
                case MountOptionKind.RecursiveIdMap: read.IdMap = read.IdMapRecursive = true; break;
                case MountOptionKind.CopyUp: read.CopyUp = true; break;
            }
        }

        // On a bind the flags of the superblock mean nothing: it is shared with the source.
        if (read.Bind || read.RecursiveBind || mount.Type == "bind")
            read.Data.RemoveAll(d => MountOptionTable.TryGet(d, out var option) && option.Kind == MountOptionKind.Superblock);
        return read;
    }

    private sealed class ReadOptions
    {
        internal MountAttributes Attributes { get; set; }
        internal MountAttributes RecursiveAttributes { get; set; }
        internal List<MountPropagation> Propagation { get; } = [];
        internal List<string> Data { get; } = [];
        internal bool Bind { get; set; }
        internal bool RecursiveBind { get; set; }
        internal bool Remount { get; set; }
        internal bool IdMap { get; set; }
        internal bool IdMapRecursive { get; set; }
        internal bool CopyUp { get; set; }
    }
}
