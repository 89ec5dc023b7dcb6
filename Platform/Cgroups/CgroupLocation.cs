namespace Anocir.Platform.Cgroups;

/// <summary>Where a container's cgroup is: one directory in each hierarchy. Says nothing of whether it exists.</summary>
public sealed class CgroupLocation
{
    internal CgroupLocation(IReadOnlyList<CgroupDirectory> places, bool isExplicit)
    {
        Places = places;
        IsExplicit = isExplicit;
        Directories = [.. places.Select(p => p.Absolute)];
    }

    /// <summary>Absolute, one for each hierarchy: enough for <see cref="Cgroup.Open"/> in a later process.</summary>
    public IReadOnlyList<string> Directories { get; }

    /// <summary>True when config.json named it. A rootless container may go without a cgroup that nobody asked for.</summary>
    public bool IsExplicit { get; }

    internal IReadOnlyList<CgroupDirectory> Places { get; }
}
