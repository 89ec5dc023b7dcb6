using System.Text;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

/// <summary>
/// A procfs of our own that nothing can be mounted over: what init writes under /proc goes through it, so that no container can
/// send a label or a sysctl to another file (CVE-2019-16884, CVE-2025-52881).
/// </summary>
public sealed class ProcHandle : IDisposable
{
    private const ulong RootInode = 1;
    private readonly FdHandle _root;

    private ProcHandle(FdHandle root) => _root = root;

    /// <summary>For the files of processes ("self/oom_score_adj", "thread-self/attr/exec"): an instance without anything else in it.</summary>
    /// <exception cref="SyscallException">No procfs can be had.</exception>
    public static ProcHandle Open() => Open(subset: true);

    /// <summary>With /proc/sys and the rest in it: for <c>sys/...</c> only.</summary>
    public static ProcHandle OpenWhole() => Open(subset: false);


    /// <summary>Over a procfs that this process mounted itself: what is mounted over its files later is seen by RESOLVE_NO_XDEV.</summary>
    internal static ProcHandle Of(FdHandle mount) => new(mount);
