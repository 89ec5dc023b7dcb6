using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

/// <remarks>Everything in /dev is made relative to a descriptor of the container's own /dev (CVE-2026-41579).</remarks>
public sealed partial class RootfsBuilder
{
    private void FillDev()
    {
        var dev = OpenDev();
        foreach (var device in _plan.Devices) AddDevice(dev, device);
        foreach (var link in _plan.Symlinks) AddSymlink(dev, link);
    }

    private FdHandle OpenDev()
    {
        if (_dev is not null) return _dev;
        // No mount there: the image's own directory, which a symlink must not stand for.
        using var directory = Root.TryOpen("/dev", out var errno, Sys.ResolveNoSymlinks);
        if (directory is null && errno == Errno.ENOENT) _dev = Root.OpenOrCreate("/dev", static () => true, out _);
        else if (directory is null) throw new SyscallException("open /dev in the root filesystem", errno);
        else _dev = Sys.Duplicate(directory);
        if (!Sys.Stat(_dev, "/dev").IsDirectory) throw new SyscallException("open /dev in the root filesystem", Errno.ENOTDIR);
        return _dev;
    }

    private void AddDevice(FdHandle dev, DevicePlan device)
    {
        var name = device.Path.StartsWith("/dev/", StringComparison.Ordinal) ? device.Path[5..] : null;
        if (name is not null && !name.Contains('/'))
        {
            AddDevice(dev, name, device);
            return;
        }

        var (parent, last) = Root.OpenParent(device.Path);
        using (parent) AddDevice(parent, last, device);
    }

    private void AddDevice(FdHandle parent, string name, DevicePlan device)
    {
        var errno = _plan.BindDevices && device.Type != FileStatus.Fifo
            ? Errno.EPERM
            : Libc.mknodat(parent.Value, name, device.Type | device.Permissions, device.Number) == 0 ? 0 : Marshal.GetLastPInvokeError();
        switch (errno)
        {
            case 0:
                if ((device.Uid | device.Gid) != 0 && Libc.fchownat(parent.Value, name, device.Uid, device.Gid, Sys.AtSymlinkNoFollow) != 0)
                    throw new SyscallException($"chown {device.Path}", Marshal.GetLastPInvokeError());
                break;
            case Errno.EEXIST:
                // config-linux.md, Devices: a file that is there already must be that device.
                var there = Sys.TryStat(parent, name, out errno) ?? throw new SyscallException($"stat {device.Path}", errno);
                if (device.Type == FileStatus.Fifo ? there.Type != FileStatus.Fifo : !there.IsDevice(device.Type, device.Major, device.Minor))
                    throw new ContainerException($"device {device.Path}: another file is there already");
                break;
            case Errno.EPERM when device.Type != FileStatus.Fifo:
                BindDevice(parent, name, device);
                break;
            default:
                throw new SyscallException($"mknod {device.Path}", errno);
        }
    }

    private static void BindDevice(FdHandle parent, string name, DevicePlan device)
    {
        using var source = Sys.TryOpenTree(null, device.Path, Sys.OpenTreeClone, out var errno) ?? throw new SyscallException($"mount {device.Path} on {device.Path}", errno);
        if (!Sys.Stat(source, device.Path).IsDevice(device.Type, device.Major, device.Minor))
            throw new ContainerException($"device {device.Path}: the host has another device ({device.Major}:{device.Minor} was asked for)");
        using var target = OpenFile(parent, name, device.Path);
        errno = Sys.TryMoveMount(source, target);
        if (errno != 0) throw new SyscallException($"mount {device.Path} on {device.Path}", errno);
    }

    /// <summary>A file to bind onto, made if it is missing. A symlink there is refused: it is the image's.</summary>
    private static FdHandle OpenFile(FdHandle parent, string name, string path)
    {
        using (Sys.TryOpen(parent, name, Sys.OWrOnly | Sys.OCreat | Sys.OExcl | Sys.ONoFollow, 0x1B6, out var errno))
            if (errno is not 0 and not Errno.EEXIST) throw new SyscallException($"create {path}", errno);
        var file = Sys.Open(parent, name, Sys.OPath | Sys.ONoFollow);
        if (Sys.Stat(file, path).Type is not (FileStatus.SymbolicLink or FileStatus.Directory)) return file;
        file.Dispose();
        throw new SyscallException($"open {path} in the root filesystem", Errno.ELOOP);
    }

    private static void AddSymlink(FdHandle dev, SymlinkPlan link)
    {
        for (var attempt = 0; Libc.symlinkat(link.Target, dev.Value, link.Name) != 0; attempt++)
        {
            var errno = Marshal.GetLastPInvokeError();
            // An image's own link stays, but ptmx must lead to the container's devpts.
            if (errno == Errno.EEXIST && link.Name != "ptmx") return;
            if (errno == Errno.EEXIST && attempt == 0 && Sys.Unlink(dev, link.Name) == 0) continue;
            throw new SyscallException($"symlink /dev/{link.Name}", errno);
        }
    }
}
