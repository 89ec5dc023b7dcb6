using System.Globalization;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>The processes of one cgroup and of all below it.</summary>
internal static class CgroupProcesses
{
    // Bounds the descriptors that are open at once.
    private const int Batch = 256;

    /// <summary>Host pids. Empty when the directory is gone.</summary>
    internal static List<int> In(CgroupDirectory directory)
    {
        var pids = new List<int>();
        Collect(directory, pids);
        return pids;
    }

    /// <summary>
    /// Sends the signal to every process, those that are forked meanwhile included. A pid is signalled through a pidfd that was opened while
    /// the pid was in the cgroup before and after: a number that was given to somebody else meanwhile is never hit.
    /// </summary>
    /// <returns>Those that were signalled, to wait for.</returns>
    internal static List<FdHandle> Signal(CgroupDirectory directory, int signal, HashSet<int> done)
    {
        var signalled = new List<FdHandle>();
        while (true)
        {
            var pids = In(directory).Where(p => !done.Contains(p)).Take(Batch).ToList();
            if (pids.Count == 0 || signalled.Count >= Batch) return signalled;
            var opened = pids.Select(p => (Pid: p, Process: CgroupCalls.TryOpenPid(p))).ToList();
            var still = In(directory).ToHashSet();
            foreach (var (pid, process) in opened)
            {
                if (process is null) continue;
                if (!still.Contains(pid))
                {
                    process.Dispose();
                    continue;
                }

                done.Add(pid);
                var errno = CgroupCalls.TrySignal(process, signal);
                if (errno is not (0 or Errno.ESRCH)) throw new SyscallException($"send signal {signal} to process {pid}", errno);
                signalled.Add(process);
            }

            // A pid that cannot be opened any more is gone, or is being reaped: it leaves the list by itself.
            if (opened.TrueForAll(o => o.Process is null)) return signalled;
        }
    }

    private static void Collect(CgroupDirectory directory, List<int> pids)
    {
        if (directory.TryRead("cgroup.procs", out var errno) is not { } text)
        {
            if (errno is Errno.ENOENT or Errno.ENODEV) return;
            // A threaded version 2 cgroup has threads only; its processes are listed above it.
            if (errno == Errno.EOPNOTSUPP) text = "";
            else throw new SyscallException($"read {directory.Absolute}/cgroup.procs", errno);
        }

        foreach (var line in text.AsSpan().EnumerateLines())
        {
            // 0 stands for a process outside this process's pid namespace.
            if (int.TryParse(line, CultureInfo.InvariantCulture, out var pid) && pid > 0) pids.Add(pid);
        }

        foreach (var child in directory.Children()) Collect(directory.Child(child), pids);
    }
}
