using Anocir.Platform.Systemd;

namespace Anocir.Platform.Cgroups.Systemd;

/// <summary>Where a container is in systemd's tree: <c>slice:prefix:name</c> is the unit PREFIX-NAME.scope in the slice.</summary>
/// <param name="Slice">"system.slice"</param>
/// <param name="Unit">"docker-1234.scope"</param>
internal sealed record ScopeName(string Slice, string Unit)
{
    /// <summary>Of the unit below the manager's cgroup.</summary>
    internal string Path => $"{SliceName.Path(Slice)}/{Unit}";

    /// <param name="cgroupsPath">Null or empty: the default slice, and a name of the id.</param>
    /// <param name="id">The container's id.</param>
    /// <param name="defaultSlice">Where nothing says otherwise.</param>
    /// <exception cref="ContainerException">It is not of that form.</exception>
    internal static ScopeName Parse(string? cgroupsPath, string id, string defaultSlice)
    {
        if (string.IsNullOrEmpty(cgroupsPath)) return new ScopeName(defaultSlice, $"anocir-{id}.scope");
        if (cgroupsPath.Split(':') is not [var slice, var prefix, { Length: > 0 } name])
            throw new ContainerException($"expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"{cgroupsPath}\" instead");
        if (name.EndsWith(".slice", StringComparison.Ordinal))
            throw new ContainerException($"cgroupsPath \"{cgroupsPath}\": a container is a scope, {name} would be a slice, which holds no processes");
        return new ScopeName(slice.Length == 0 ? defaultSlice : slice, $"{prefix}-{name}.scope");
    }
}
