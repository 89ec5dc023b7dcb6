namespace Anocir.Platform.Systemd;

/// <summary>Names of slices (systemd.slice(5)): dashes stand for the levels of the tree.</summary>
internal static class SliceName
{
    private const string Suffix = ".slice";

    /// <summary>"a-b.slice" is "/a.slice/a-b.slice"; "-.slice" is the root, "".</summary>
    /// <exception cref="ContainerException">It is no name of a slice.</exception>
    internal static string Path(string slice)
    {
        if (slice == "-.slice") return "";
        if (!slice.EndsWith(Suffix, StringComparison.Ordinal) || slice.Contains('/', StringComparison.Ordinal)) throw Invalid(slice);
        var path = "";
        var prefix = "";
        foreach (var part in slice[..^Suffix.Length].Split('-'))
        {
            if (part.Length == 0) throw Invalid(slice);
            prefix += prefix.Length == 0 ? part : "-" + part;
            path += $"/{prefix}{Suffix}";
        }

        return path;
    }

    private static ContainerException Invalid(string slice) => new($"invalid slice name: {slice}");
}
