using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>Removes directories that were made for a container: the cgroups the container made in them, themselves, and parents that nobody uses.</summary>
internal static class CgroupRemover
{
    /// <param name="leaves">Directories of the container.</param>
    /// <param name="made">Those that were made for it, parents too. Nothing else is touched.</param>
    /// <param name="limit">How long to wait for processes that are ending.</param>
    /// <exception cref="SyscallException">A process is still there when the time is over.</exception>
    internal static void Remove(IReadOnlyList<CgroupDirectory> leaves, IReadOnlyList<CgroupDirectory> made, TimeSpan limit)
    {
        var deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        var own = leaves.Select(l => l.Absolute).ToHashSet(StringComparer.Ordinal);
        SyscallException? failure = null;
        foreach (var directory in made)
        {
            if (!own.Contains(directory.Absolute)) continue;
            var errno = RemoveTree(directory, deadline);
            // The other hierarchies are cleaned all the same.
            if (errno != 0) failure ??= new SyscallException($"rmdir {directory.Absolute}", errno);
        }

        foreach (var parent in made.Where(d => !own.Contains(d.Absolute)).OrderByDescending(d => d.Path.Length))
        {
            var errno = TryRemove(parent);
            if (errno is not (0 or Errno.EBUSY or Errno.ENOTEMPTY)) failure ??= new SyscallException($"rmdir {parent.Absolute}", errno);
        }

        if (failure is not null) throw failure;
    }

    /// <summary>The same at once or not at all: the container's own directories first, the parents only after all of them.</summary>
    internal static bool TryRemove(IReadOnlyList<CgroupDirectory> leaves, IReadOnlyList<CgroupDirectory> made)
    {
        var own = leaves.Select(l => l.Absolute).ToHashSet(StringComparer.Ordinal);
        foreach (var directory in made.Where(d => own.Contains(d.Absolute)))
        {
            if (TryRemove(directory) != 0) return false;
        }

        foreach (var parent in made.Where(d => !own.Contains(d.Absolute)).OrderByDescending(d => d.Path.Length)) TryRemove(parent);
        return true;
    }

    private static int RemoveTree(CgroupDirectory directory, long deadline)
    {
        while (true)
        {
            var errno = TryRemove(directory);
            if (errno != Errno.EBUSY && errno != Errno.ENOTEMPTY) return errno;
            foreach (var child in directory.Children())
            {
                var below = RemoveTree(directory.Child(child), deadline);
                if (below != 0) return below;
            }

            errno = TryRemove(directory);
            if (errno == 0 || Environment.TickCount64 >= deadline) return errno;
            WaitForProcesses(directory, deadline);
        }
    }

    private static int TryRemove(CgroupDirectory directory)
    {
        var errno = Sys.RemoveDirectory(directory.Hierarchy.Root, directory.Path);
        return errno == Errno.ENOENT ? 0 : errno;
    }

    // Version 2 tells when the last process is gone; of version 1 the processes themselves are asked.
    private static void WaitForProcesses(CgroupDirectory directory, long deadline)
    {
        var left = TimeSpan.FromMilliseconds(Math.Max(0, deadline - Environment.TickCount64));
        if (directory.Hierarchy.IsUnified)
        {
            using var events = Sys.TryOpen(directory.Hierarchy.Root, directory.File("cgroup.events"), Sys.ORdOnly, 0, out _);
            if (events is not null) CgroupEvents.Wait(events, "populated", '0', left);
        }
        else
        {
            foreach (var pid in CgroupProcesses.In(directory))
            {
                using var process = CgroupCalls.TryOpenPid(pid);
                if (process is null) continue;
                CgroupCalls.Poll([process], CgroupCalls.PollIn, left);
                return;
            }
        }

        // Nobody is listed and it is still busy: an exit is in its last steps, which nothing tells of.
        Thread.Sleep(1);
    }
}
