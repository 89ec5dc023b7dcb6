namespace Anocir.Engines.Tests.Running;

/// <summary>The control groups of this machine, version 1, 2 or both mixed.</summary>
public static class Cgroups
{
    private static readonly (string Point, string[] Controllers)[] Hierarchies = ReadHierarchies();

    /// <summary>Whether the controller is one of the unified hierarchy (version 2).</summary>
    public static bool IsUnified(string controller) =>
        !Hierarchies.Any(hierarchy => hierarchy.Controllers.Contains(controller));

    /// <summary>The directory, in the hierarchy of the controller, of the group that the process is in.</summary>
    public static string Of(int pid, string controller)
    {
        var unified = IsUnified(controller);
        foreach (var line in File.ReadLines($"/proc/{pid}/cgroup"))
        {
            var parts = line.Split(':', 3);
            if (unified ? parts[1].Length == 0 : parts[1].Split(',').Contains(controller))
                return Point(controller) + parts[2];
        }

        throw new InvalidOperationException($"process {pid} is in no {controller} group");
    }

    /// <summary>A value of the process's group, by the file's name in version 1 or in version 2.</summary>
    public static string Read(int pid, string controller, string version1, string version2) =>
        File.ReadAllText(Path.Combine(Of(pid, controller), IsUnified(controller) ? version2 : version1)).Trim();

    /// <summary>Whether the controller has this file (the root of version 1 stands for all groups).</summary>
    public static bool Has(string controller, string file) => File.Exists(Path.Combine(Point(controller), file));

    /// <summary>All groups under <paramref name="parent"/> ("/name"), in every hierarchy, whose path holds the text.</summary>
    public static IReadOnlyList<string> Under(string parent, string holding = "") =>
        Hierarchies
            .SelectMany(hierarchy => Tree(hierarchy.Point + parent))
            .Where(directory => directory.Contains(holding, StringComparison.Ordinal))
            .ToArray();

    /// <summary>Removes the group and all below it, in every hierarchy, once the processes in them are gone.</summary>
    public static void Remove(string parent) =>
        Until.Holds(() =>
        {
            foreach (var directory in Under(parent))
            {
                try
                {
                    Directory.Delete(directory);
                }
                catch (IOException)
                {
                    // EBUSY: its last process is still being reaped; the next round finds it empty.
                }
            }

            return Under(parent).Count == 0;
        }, TimeSpan.FromSeconds(5));

    // The deepest first, as rmdir needs them. Groups come and go while this looks.
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

    private static string Point(string controller) =>
        Hierarchies.FirstOrDefault(h => h.Controllers.Contains(controller)).Point
        ?? Hierarchies.First(h => h.Controllers.Length == 0).Point;

    private static (string, string[])[] ReadHierarchies()
    {
        var known = new HashSet<string>(
            ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb", "name=systemd", "net_cls", "net_prio", "perf_event", "rdma", "misc"]);
        return File.ReadLines("/proc/self/mountinfo")
            .Select(line => line.Split(" - "))
            .Select(halves => (Point: halves[0].Split(' ')[4], Type: halves[1].Split(' ')[0], Options: halves[1].Split(' ')[2]))
            .Where(mount => mount.Type is "cgroup" or "cgroup2")
            .Select(mount => (mount.Point, mount.Type == "cgroup" ? mount.Options.Split(',').Where(known.Contains).ToArray() : []))
            .ToArray();
    }
}
