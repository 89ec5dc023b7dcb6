namespace Anocir.Platform.Oci.Validation;

/// <summary>config-linux.md, Cgroups path; with systemd it is <c>slice:prefix:name</c>.</summary>
internal static class CgroupsPathRules
{
    private const string Field = "linux.cgroupsPath";

    /// <summary>PATH_MAX less room for the mount point of a hierarchy and for the names of files in a cgroup.</summary>
    private const int LongestPath = 3840;

    public static void Check(string? path, ValidationOptions options, Findings findings)
    {
        if (string.IsNullOrEmpty(path)) return;
        findings.NoNul(Field, path);
        // Such a cgroup can neither be made nor looked for, so nothing could tell that it is not there.
        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestPath) findings.Fail(Field, "ENAMETOOLONG (file name too long)");
        if (options.SystemdCgroup) CheckUnit(path, findings);
        else if (LexicalPath.HasParentReference(path))
        {
            findings.Warn(Field, $"'..' never leaves the cgroup hierarchy: using {Quoted.Text(LexicalPath.Clean(path))}");
        }
    }

    private static void CheckUnit(string path, Findings findings)
    {
        var parts = path.Split(':');
        if (parts.Length != 3)
        {
            findings.Fail(Field, $"expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got {Quoted.Text(path)} instead");
        }
        if (parts[0] is not ("" or "-.slice") && !IsSlice(parts[0])) findings.Fail(Field, $"invalid slice name: {Quoted.Text(parts[0])}");
        if (parts[1].Contains('/')) findings.Fail(Field, $"invalid unit prefix: {Quoted.Text(parts[1])}");
        if (parts[2].Length == 0 || parts[2].Contains('/')) findings.Fail(Field, $"invalid unit name: {Quoted.Text(parts[2])}");
    }

    /// <summary>systemd.slice(5): a dash separates the parts of the path, none of which may be empty.</summary>
    private static bool IsSlice(string slice) =>
        slice.EndsWith(".slice", StringComparison.Ordinal)
        && !slice.Contains('/')
        && slice[..^".slice".Length].Split('-').All(part => part.Length > 0);
}
