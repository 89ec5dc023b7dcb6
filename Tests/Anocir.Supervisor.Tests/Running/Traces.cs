namespace Anocir.Supervisor.Tests.Running;

/// <summary>What containers leave on a host, if anything is left: cgroups and mounts.</summary>
internal static class Traces
{
    /// <summary>Directories at or below the parent ("/name"), in every hierarchy, deepest first.</summary>
    internal static IReadOnlyList<string> Cgroups(string parent) => [.. Hierarchies().SelectMany(h => Tree(h + parent))];

    /// <summary>Live processes in those.</summary>
    internal static IReadOnlyList<int> CgroupProcesses(string parent) =>
    [
        .. Cgroups(parent).SelectMany(d => (Processes.TryRead($"{d}/cgroup.procs") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse).Distinct(),
    ];

    /// <summary>Lines of the mount table that hold the text.</summary>
    internal static IReadOnlyList<string> Mounts(string marker) => [.. File.ReadLines("/proc/self/mountinfo").Where(l => l.Contains(marker, StringComparison.Ordinal))];

    /// <summary>Ends what is in the cgroups and removes them.</summary>
    internal static void RemoveCgroups(string parent) => Until.Holds($"cgroups {parent} are empty", () =>
    {
        foreach (var directory in Cgroups(parent))
        {
            TryWrite($"{directory}/freezer.state", "THAWED");
            foreach (var pid in CgroupProcesses(parent)) Processes.Signal(pid, Processes.SigKill);
            try
            {
                Directory.Delete(directory);
            }
            catch (IOException)
            {
                // EBUSY: its last process is still ending; the next round finds it empty.
            }
        }

        return Cgroups(parent).Count == 0;
    });

    private static void TryWrite(string path, string text)
    {
        if (File.Exists(path)) File.WriteAllText(path, text);
    }

    private static IEnumerable<string> Hierarchies() => File.ReadLines("/proc/self/mountinfo")
        .Where(l => l.Contains(" - cgroup", StringComparison.Ordinal)).Select(l => l.Split(' ')[4]).Distinct();

    // Groups come and go while this looks.
    private static IEnumerable<string> Tree(string directory)
    {
        string[] below;
        try
        {
            below = Directory.GetDirectories(directory);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }

        return below.SelectMany(Tree).Append(directory);
    }
}
