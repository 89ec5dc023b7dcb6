using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>
/// The open doors of a cgroup. The version 2 directory goes to clone3 with CLONE_INTO_CGROUP; into each version 1 <c>tasks</c> file the
/// child writes "0" while it has one thread. Both spare the kernel the lock on all thread groups, whose first taker waits some
/// milliseconds for a grace period; writing a pid to cgroup.procs does not.
/// </summary>
public sealed class CgroupEntry : IDisposable
{
    internal CgroupEntry(FdHandle? v2Directory, IReadOnlyList<FdHandle> v1Tasks)
    {
        V2Directory = v2Directory;
        V1Tasks = v1Tasks;
    }

    /// <summary>O_PATH of the version 2 directory; null where there is none.</summary>
    public FdHandle? V2Directory { get; }

    /// <summary>The <c>tasks</c> file of each version 1 hierarchy, open for writing.</summary>
    public IReadOnlyList<FdHandle> V1Tasks { get; }

    /// <summary>Moves a process that is not ours to start in.</summary>
    /// <exception cref="SyscallException">The kernel refuses, or the process is gone.</exception>
    public void Admit(int pid)
    {
        var text = pid.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (V2Directory is not null) KernelFile.Write(V2Directory, "cgroup.procs", text);
        foreach (var tasks in V1Tasks)
        {
            var errno = Sys.TryWrite(tasks, System.Text.Encoding.ASCII.GetBytes(text));
            if (errno != 0) throw new SyscallException($"move process {text} into the cgroup", errno);
        }
    }

    public void Dispose()
    {
        V2Directory?.Dispose();
        foreach (var tasks in V1Tasks) tasks.Dispose();
    }
}
