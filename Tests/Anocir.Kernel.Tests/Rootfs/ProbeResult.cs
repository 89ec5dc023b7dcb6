namespace Anocir.Kernel.Tests.Rootfs;

/// <summary>What the command in the container said, or (status 125) why there was none.</summary>
internal sealed record ProbeResult(int Status, string Output, string Error)
{
    internal string Successful => Status == 0 ? Output : throw new Xunit.Sdk.XunitException($"status {Status}: {Error}{Output}");

    internal IReadOnlyList<MountLine> Mounts => [.. Successful.Split('\n').Where(static l => l.Contains(" - ")).Select(MountLine.Parse)];

    /// <summary>The topmost mount at a path, from a /proc/self/mountinfo in the output.</summary>
    internal MountLine Mount(string path) => Mounts.LastOrDefault(m => m.Path == path) ?? throw new Xunit.Sdk.XunitException($"nothing is mounted on {path}:\n{Output}");
}

/// <summary>One line of mountinfo (proc(5)).</summary>
internal sealed record MountLine(string SourceRoot, string Path, string[] Options, string[] Tags, string FileSystem, string Source, string[] SuperOptions)
{
    internal static MountLine Parse(string line)
    {
        var fields = line.Trim().Split(' ');
        var dash = Array.IndexOf(fields, "-");
        return new MountLine(fields[3], fields[4], fields[5].Split(','), fields[6..dash], fields[dash + 1], fields[dash + 2], fields[dash + 3].Split(','));
    }
}
