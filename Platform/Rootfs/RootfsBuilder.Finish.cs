using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;

namespace Anocir.Platform.Rootfs;

public sealed partial class RootfsBuilder
{
    /// <summary>Opens a terminal on the container's devpts and binds it onto /dev/console. After <see cref="Enter"/>, before <see cref="Finish"/>.</summary>
    /// <param name="uid">Its owner, in the container's user namespace.</param>
    /// <param name="size">Rows and columns, if the configuration gives them.</param>
    public Pty OpenConsole(uint uid, WindowSize? size)
    {
        var pty = Pty.Open(Root.Directory, _devpts);
        try
        {
            if (size is { } s) pty.SetSize(s);
            pty.SetOwner(uid);
            using var owned = _dev is null ? Root.TryOpen("/dev", out _) : null;
            var dev = _dev ?? owned ?? throw new SyscallException("open /dev in the root filesystem", Errno.ENOENT);
            using var console = OpenFile(dev, "console", "/dev/console");
            using var tree = Sys.TryOpenTree(pty.Slave, "", Sys.OpenTreeClone, out var errno) ?? throw new SyscallException($"mount {pty.SlaveName} on /dev/console", errno);
            errno = Sys.TryMoveMount(tree, console);
            if (errno != 0) throw new SyscallException($"mount {pty.SlaveName} on /dev/console", errno);
            return pty;
        }
        catch
        {
            pty.Dispose();
            throw;
        }
    }

    /// <summary>Names, sysctls, and what the container must not write or see.</summary>
    public void Finish()
    {
        if (_plan.Hostname is { } host) Sys.SetHostname(host);
        if (_plan.Domainname is { } domain) Sys.SetDomainname(domain);
        foreach (var sysctl in _plan.Sysctls) _proc!.Write("sys/" + sysctl.Path, sysctl.Value);
        foreach (var (mount, destination) in _readOnlyLast) SetReadOnly(mount, destination);
        foreach (var path in _plan.ReadonlyPaths) MakeReadOnly(path);
        Mask();
        if (_plan.ReadonlyRoot) SetReadOnly(Root.Directory, "/");
        ReplaceNullStreams();
    }

    private static void SetReadOnly(FdHandle mount, string destination)
    {
        var errno = Sys.TrySetAttributes(mount, false, MountAttributes.ReadOnly, 0, 0);
        if (errno != 0) throw new SyscallException($"remount {destination} read-only", errno);
    }

    private void MakeReadOnly(string path)
    {
        using var target = TryOpenPresent(path, "make read-only");
        if (target is null) return;
        using var tree = Sys.TryOpenTree(target, "", Sys.OpenTreeClone | Sys.AtRecursive, out var errno) ?? throw new SyscallException($"make {path} read-only", errno);
        SetReadOnly(tree, path);
        errno = Sys.TryMoveMount(tree, target);
        if (errno != 0) throw new SyscallException($"make {path} read-only", errno);
    }

    /// <summary>Files get /dev/null, whose device number is looked at (CVE-2025-31133); directories share one empty read-only tmpfs.</summary>
    private void Mask()
    {
        FdHandle? empty = null;
        FdHandle? nothing = null;
        try
        {
            foreach (var path in _plan.MaskedPaths)
            {
                using var target = TryOpenPresent(path, "mask");
                if (target is null) continue;
                if (Sys.Stat(target, path).IsDirectory) MaskDirectory(path, target, ref empty);
                else MaskFile(path, target, nothing ??= OpenNull());
            }
        }
        finally
        {
            empty?.Dispose();
            nothing?.Dispose();
        }
    }

    private static void MaskDirectory(string path, FdHandle target, ref FdHandle? empty)
    {
        int errno;
        if (empty is null)
        {
            empty = NewFileSystem.TryCreate("tmpfs", "tmpfs", ["nr_blocks=1", "nr_inodes=1", "mode=755"], MountAttributes.ReadOnly, out errno, out var message)
                ?? throw new SyscallException(message is null ? $"mask {path}" : $"mask {path} ({message})", errno);
            errno = Sys.TryMoveMount(empty, target);
        }
        else
        {
            // A clone of a mount that is attached: kernels before 6.15 clone no other.
            using var clone = Sys.TryOpenTree(empty, "", Sys.OpenTreeClone, out errno);
            if (clone is not null) errno = Sys.TryMoveMount(clone, target);
        }

        if (errno != 0) throw new SyscallException($"mask {path}", errno);
    }

    private static void MaskFile(string path, FdHandle target, FdHandle nothing)
    {
        using var clone = Sys.TryOpenTree(nothing, "", Sys.OpenTreeClone, out var errno);
        if (clone is not null) errno = Sys.TryMoveMount(clone, target);
        if (errno != 0) throw new SyscallException($"mask {path}", errno);
    }

    private FdHandle OpenNull()
    {
        int errno;
        var file = _dev is null ? Root.TryOpen("/dev/null", out errno) : Sys.TryOpen(_dev, "null", Sys.OPath | Sys.ONoFollow, 0, out errno);
        if (file is null) throw new SyscallException("open /dev/null", errno);
        if (Sys.Stat(file, "/dev/null").IsDevice(FileStatus.Character, 1, 3)) return file;
        file.Dispose();
        throw new ContainerException("/dev/null is not the null device (character device 1:3)");
    }

    /// <summary>What a path of the container leads to, or null where nothing is.</summary>
    private FdHandle? TryOpenPresent(string path, string doing)
    {
        var target = Root.TryOpen(path, out var errno);
        if (target is not null || errno is Errno.ENOENT or Errno.ENOTDIR) return target;
        throw new SyscallException($"{doing} {path}", errno);
    }
}
