using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

/// <summary>
/// Copies what a directory holds into an empty one, by descriptors alone: type, mode, owner, times, extended attributes.
/// Both trees may be hostile and change meanwhile; no symlink is ever followed.
/// </summary>
internal static class TreeCopy
{
    private const int DepthLimit = 256;

    /// <summary>Copies from one O_PATH directory into another.</summary>
    internal static void Copy(FdHandle source, FdHandle target, string destination)
    {
        using var from = Open(source, ".", Sys.ORdOnly | Sys.ODirectory, destination);
        using var to = Open(target, ".", Sys.ORdOnly | Sys.ODirectory, destination);
        CopyDirectory(from, to, destination, 0);
    }

    private static void CopyDirectory(FdHandle from, FdHandle to, string destination, int depth)
    {
        if (depth > DepthLimit) throw new SyscallException($"copy up {destination}", Errno.ELOOP);
        foreach (var name in Sys.ListDirectory(from, destination)) CopyEntry(from, to, name, $"{destination}/{name}", depth);
        var status = Sys.Stat(from, destination);
        Sys.CopyExtendedAttributes(from, to);
        SetOwnerAndTimes(to, "", status, destination);
    }

    private static void CopyEntry(FdHandle from, FdHandle to, string name, string path, int depth)
    {
        // Gone since it was listed: then there is nothing to copy.
        if (Sys.TryStat(from, name, out var errno) is not { } status)
        {
            if (errno == Errno.ENOENT) return;
            throw new SyscallException($"copy up {path}", errno);
        }

        switch (status.Type)
        {
            case FileStatus.Directory:
                errno = ContainerRoot.TryMakeDirectory(to, name, status.Permissions);
                if (errno != 0) throw new SyscallException($"copy up {path}", errno);
                using (var source = Open(from, name, Sys.ORdOnly | Sys.ODirectory | Sys.ONoFollow, path))
                using (var target = Open(to, name, Sys.ORdOnly | Sys.ODirectory | Sys.ONoFollow, path))
                    CopyDirectory(source, target, path, depth + 1);
                break;
            case FileStatus.Regular:
                using (var source = Open(from, name, Sys.ORdOnly | Sys.ONoFollow | Sys.ONonBlock, path))
                using (var target = Sys.TryOpen(to, name, Sys.OWrOnly | Sys.OCreat | Sys.OExcl | Sys.ONoFollow, status.Permissions, out errno) ?? throw new SyscallException($"copy up {path}", errno))
                {
                    CopyContent(source, target, path);
                    Sys.CopyExtendedAttributes(source, target);
                    SetOwnerAndTimes(target, "", status, path);
                }

                break;
            case FileStatus.SymbolicLink:
                using (var link = Open(from, name, Sys.OPath | Sys.ONoFollow, path))
                    if (Libc.symlinkat(Sys.ReadLink(link, path), to.Value, name) != 0) throw new SyscallException($"copy up {path}", Marshal.GetLastPInvokeError());
                SetOwnerAndTimes(to, name, status, path);
                break;
            case FileStatus.Character or FileStatus.Block or FileStatus.Fifo:
                var device = new DevicePlan(path, status.Type, status.DeviceMajor, status.DeviceMinor).Number;
                if (Libc.mknodat(to.Value, name, status.Mode, device) != 0) throw new SyscallException($"copy up {path}", Marshal.GetLastPInvokeError());
                SetOwnerAndTimes(to, name, status, path);
                break;
            default:
                // A socket means nothing without the process behind it.
                break;
        }
    }

    private static void CopyContent(FdHandle source, FdHandle target, string path)
    {
        var buffer = new byte[64 * 1024];
        while (Sys.Read(source, buffer, path) is var count and > 0)
        {
            for (var written = 0; written < count;)
            {
                var n = Sys.WriteSome(target, buffer.AsSpan(written, count - written), path);
                written += n;
            }
        }
    }

    /// <summary>Owner before mode: chown(2) drops set-id bits.</summary>
    private static void SetOwnerAndTimes(FdHandle directory, string name, FileStatus status, string path)
    {
        var flags = name.Length == 0 ? Sys.AtEmptyPath : Sys.AtSymlinkNoFollow;
        if (Libc.fchownat(directory.Value, name, status.Uid, status.Gid, flags | Sys.AtSymlinkNoFollow) != 0)
            throw new SyscallException($"chown {path}", Marshal.GetLastPInvokeError());
        if (status.Type != FileStatus.SymbolicLink)
        {
            var failed = name.Length == 0 ? Libc.fchmod(directory.Value, status.Permissions) : Libc.mount_fchmodat(directory.Value, name, status.Permissions, 0);
            if (failed != 0) throw new SyscallException($"chmod {path}", Marshal.GetLastPInvokeError());
        }

        Sys.SetTimes(directory, name, status, path);
    }

    private static FdHandle Open(FdHandle directory, string name, int flags, string path) =>
        Sys.TryOpen(directory, name, flags, 0, out var errno) ?? throw new SyscallException($"copy up {path}", errno);
}
