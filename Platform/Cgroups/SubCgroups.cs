namespace Anocir.Platform.Cgroups;

/// <summary>Reads the values of <c>exec --cgroup</c>.</summary>
internal static class SubCgroups
{
    /// <summary>Each directory of the container, or what the values put in its place.</summary>
    /// <exception cref="ContainerException">An unknown controller, or a path that leads out of the container's cgroup.</exception>
    internal static IReadOnlyList<CgroupDirectory> Resolve(CgroupHost host, IReadOnlyList<CgroupDirectory> directories, IReadOnlyList<string> values)
    {
        if (values.Count == 0) return directories;
        if (values.Count > 1 && values.FirstOrDefault(v => !v.Contains(':', StringComparison.Ordinal)) is { } bare)
            throw new ContainerException($"invalid --cgroup argument: {bare} (missing <controller>: prefix)");
        var named = new HashSet<string>(StringComparer.Ordinal);
        var result = directories.ToArray();
        foreach (var value in values)
        {
            var colon = value.IndexOf(':', StringComparison.Ordinal);
            var path = Check(colon < 0 ? value : value[(colon + 1)..]);
            if (colon < 0)
            {
                for (var i = 0; i < result.Length; i++) result[i] = Below(directories[i], path);
                continue;
            }

            if (host.Layout == CgroupLayout.Unified && colon > 0)
                throw new ContainerException($"unknown controller {value[..colon]}: cgroup v2 takes a path alone");
            foreach (var controller in value[..colon].Split(','))
            {
                if (controller.Length == 0) throw new ContainerException($"invalid --cgroup argument: {value} (empty <controller> prefix)");
                if (!named.Add(controller)) throw new ContainerException($"invalid --cgroup argument(s): controller {controller} specified multiple times");
                var at = Array.FindIndex(result, d => d.Hierarchy.Has(controller)
                    || (d.Hierarchy.Name is { } name && (controller == name || controller == "name=" + name)));
                if (at < 0) throw new ContainerException($"unknown controller {controller} in SUBSYSTEMS:PATH \"{value}\"");
                result[at] = Below(directories[at], path);
            }
        }

        return result;
    }

    private static CgroupDirectory Below(CgroupDirectory directory, string path) => path.Length == 0 ? directory : directory.Child(path);

    private static string Check(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".").ToArray();
        var depth = 0;
        foreach (var part in parts)
        {
            depth += part == ".." ? -1 : 1;
            if (depth < 0) throw new ContainerException($"bad sub cgroup path: {path} is not a sub cgroup path");
        }

        // The kernel would follow ".." after a component of the container's making; names are joined without it.
        var clean = new List<string>();
        foreach (var part in parts)
        {
            if (part == "..") clean.RemoveAt(clean.Count - 1);
            else clean.Add(part);
        }

        return string.Join('/', clean);
    }
}
