using Anocir.Platform;
using Anocir.Platform.Launch;
using Anocir.Platform.Oci;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>
/// Sources of bind mounts that are opened with the runtime's rights and handed to init as detached trees: those whose ids are mapped, which
/// takes rights over the filesystem, and, for an init in a user namespace that has fewer rights than we, the others too.
/// </summary>
internal sealed class SourceTrees
{
    /// <summary>As many as one frame carries beside its other descriptors; those without a mapping that are left init opens as well as it can.</summary>
    private const int Most = 200;
    private readonly InitPlan _plan;
    private readonly bool _all;
    private readonly Dictionary<int, int> _mappingOfMount = [];

    /// <param name="all">Not those alone whose ids are mapped.</param>
    public SourceTrees(InitPlan plan, bool all)
    {
        _plan = plan;
        _all = all;
        var mappings = new List<IdMapPlan>();
        for (var i = 0; i < plan.Rootfs.Mounts.Count; i++)
        {
            if (plan.Rootfs.Mounts[i].IdMap is not { } map) continue;
            Mapped = true;
            NeedsContainerNamespace |= map.ContainerNamespace;
            if (map.ContainerNamespace) continue;
            // Volumes of one pod have one mapping, mostly.
            var known = mappings.FindIndex(m => Same(m.UidMappings, map.UidMappings) && Same(m.GidMappings, map.GidMappings));
            if (known < 0)
            {
                known = mappings.Count;
                mappings.Add(map);
            }

            _mappingOfMount[i] = known;
        }

        Mappings = mappings;
        var count = plan.Rootfs.Mounts.Count(static m => m.IdMap is not null);
        if (count > Most) throw new ContainerException($"config.json: mounts: {count} idmapped mounts, {Most} can be had");
    }

    /// <summary>Some mount is idmapped.</summary>
    public bool Mapped { get; }

    /// <summary>Some mount has the mapping of the container's own user namespace.</summary>
    public bool NeedsContainerNamespace { get; }

    /// <summary>The other mappings, each once.</summary>
    public IReadOnlyList<IdMapPlan> Mappings { get; }

    /// <param name="own">The container's user namespace, where one is needed.</param>
    /// <param name="mapped">User namespaces with <see cref="Mappings"/>, in their order.</param>
    public IReadOnlyList<(int Index, FdHandle Tree)> Open(FdHandle? own, IReadOnlyList<FdHandle> mapped)
    {
        if (mapped.Count != Mappings.Count) throw new InvalidDataException($"{mapped.Count} user namespaces came for {Mappings.Count} idmapped mounts");
        var opened = new List<(int, FdHandle)>();
        try
        {
            foreach (var i in Indexes())
            {
                var bind = _plan.Rootfs.Mounts[i];
                var map = bind.IdMap is null ? null : _mappingOfMount.TryGetValue(i, out var known) ? mapped[known] : own;
                opened.Add((i, MountSource.Open(bind, map)));
            }

            return opened;
        }
        catch
        {
            foreach (var (_, tree) in opened) tree.Dispose();
            throw;
        }
    }

    private IEnumerable<int> Indexes()
    {
        var binds = Enumerable.Range(0, _plan.Rootfs.Mounts.Count).Where(i => _plan.Rootfs.Mounts[i].Kind == MountKind.Bind);
        return binds.OrderBy(i => _plan.Rootfs.Mounts[i].IdMap is null).Where(i => _all || _plan.Rootfs.Mounts[i].IdMap is not null).Take(Most);
    }

    private static bool Same(IReadOnlyList<IdMapping> one, IReadOnlyList<IdMapping> other) => one.SequenceEqual(other);
}
