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

    /// <summary>The root of this procfs, for openat2(2) below it.</summary>
    public FdHandle Root => _root;

    public void Dispose() => _root.Dispose();

    /// <summary>Opens a file by its path below /proc, without the leading "/proc/".</summary>
    /// <exception cref="SyscallException">EXDEV: something is mounted over it; ELOOP: a magic link is in the way.</exception>
    public FdHandle OpenFile(string path, int flags)
    {
        var file = Sys.TryOpenAt2(_root, path, flags | Sys.ONoCtty, Sys.ResolveBeneath | Sys.ResolveNoXdev | Sys.ResolveNoMagicLinks, out var errno)
            ?? throw new SyscallException($"open /proc/{path}", errno);
        if (Sys.FileSystemMagic(file, $"/proc/{path}") == Sys.ProcMagic) return file;
        file.Dispose();
        throw new SyscallException($"open /proc/{path}: not a file of procfs", Errno.EXDEV);
    }

    /// <summary>Writes a value in one write(2).</summary>
    public void Write(string path, string value)
    {
        using var file = OpenFile(path, Sys.OWrOnly);
        var errno = Sys.TryWrite(file, Encoding.UTF8.GetBytes(value));
        if (errno != 0) throw new SyscallException($"write {value} to /proc/{path}", errno);
    }

    private static ProcHandle Open(bool subset)
    {
        var root = NewInstance(subset, out var errno);
        // Where masks on /proc forbid a new instance (a container in a container), a private copy of the mounts there is: RESOLVE_NO_XDEV sees them.
        root ??= Sys.TryOpenTree(null, "/proc", Sys.OpenTreeClone | Sys.AtRecursive, out _)
            ?? throw new SyscallException("open a private procfs", errno);
        if (Sys.FileSystemMagic(root, "/proc") == Sys.ProcMagic && Sys.Stat(root, "/proc").Inode == RootInode) return new ProcHandle(root);
        root.Dispose();
        throw new SyscallException("open a private procfs: /proc is not the root of a procfs", Errno.EXDEV);
    }

    private static FdHandle? NewInstance(bool subset, out int errno)
    {
        using var context = Sys.TryFsOpen("proc", out errno);
        if (context is null) return null;
        // subset=pid came with Linux 5.8; a kernel that does not know it gives the whole.
        if (subset) Sys.TryFsConfig(context, Sys.FsConfigSetString, "subset", "pid");
        errno = Sys.TryFsConfig(context, Sys.FsConfigCreate);
        return errno != 0 ? null : Sys.TryFsMount(context, MountAttributes.NoSuid | MountAttributes.NoDev | MountAttributes.NoExec, out errno);
    }
}
