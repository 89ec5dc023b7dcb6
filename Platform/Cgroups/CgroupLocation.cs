namespace Anocir.Platform.Cgroups;

/// <summary>Where a container's cgroup is: one directory in each hierarchy. Says nothing of whether it exists.</summary>
public sealed class CgroupLocation
{
    internal CgroupLocation(IReadOnlyList<CgroupDirectory> places, bool isExplicit, string? unit = null, string? slice = null)
    {
        Places = places;
        IsExplicit = isExplicit;
        Unit = unit;
        Slice = slice;
        Directories = [.. places.Select(p => p.Absolute)];
    }

    /// <summary>Absolute, one for each hierarchy: enough for <see cref="Cgroup.Open"/> in a later process.</summary>
    public IReadOnlyList<string> Directories { get; }

    /// <summary>True when config.json named it. A rootless container may go without a cgroup that nobody asked for.</summary>
    public bool IsExplicit { get; }

    /// <summary>The unit of systemd that it is, "docker-1234.scope"; null where systemd has nothing to do with it.</summary>
    public string? Unit { get; }

    /// <summary>The slice that the unit is in: "system.slice".</summary>
    internal string? Slice { get; }

    internal IReadOnlyList<CgroupDirectory> Places { get; }
}
