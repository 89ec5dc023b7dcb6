using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>Ends a whole cgroup.</summary>
internal static class CgroupKiller
{
    private const int SigKill = 9;

    /// <summary>SIGKILL to everything in the directories, forks included, and a wait until nobody is left.</summary>
    /// <returns>False when processes are left when the time is over.</returns>
    internal static bool KillAll(IReadOnlyList<CgroupDirectory> directories, CgroupDirectory? freezer, TimeSpan limit)
    {
        var deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        // One write reaches all of the tree at once, and no fork escapes it (Linux 5.14). Beside version 1 it may not reach all.
        foreach (var unified in directories.Where(d => d.Hierarchy.IsUnified)) unified.TryWrite("cgroup.kill", "1");
        var done = new HashSet<int>();
        var dying = new List<FdHandle>();
        try
        {
            while (true)
            {
                var before = dying.Count;
                foreach (var directory in directories) dying.AddRange(CgroupProcesses.Signal(directory, SigKill, done));
                // A frozen version 1 process dies when it is thawed; with the signal pending it does nothing else first.
                if (freezer is { Hierarchy.IsUnified: false }) CgroupFreezer.Thaw(freezer);
                if (dying.Count == before && directories.All(d => CgroupProcesses.In(d).Count == 0)) return true;
                if (!WaitForOne(dying, deadline)) return false;
            }
        }
        finally
        {
            foreach (var process in dying) process.Dispose();
        }
    }

    // A pidfd is readable when its process is a zombie; those are let go of, so that each wait is for somebody else.
    private static bool WaitForOne(List<FdHandle> dying, long deadline)
    {
        var left = deadline - Environment.TickCount64;
        if (left <= 0) return false;
        if (dying.Count == 0)
        {
            // Killed through cgroup.kill and not yet off the list.
            Thread.Sleep(1);
            return true;
        }

        var first = dying[0];
        if (!CgroupCalls.Poll([first], CgroupCalls.PollIn, TimeSpan.FromMilliseconds(left))) return false;
        dying.RemoveAt(0);
        first.Dispose();
        return true;
    }
}
