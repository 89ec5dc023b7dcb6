using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Anocir.Platform.Syscalls;

/// <remarks>The mount API of Linux 5.2 to 5.12. Failures come back as errno: only the caller knows what was being mounted on what.</remarks>
public static unsafe partial class Sys
{
    internal const uint OpenTreeClone = 1;
    internal const uint AtRecursive = 0x8000;
    internal const ulong ResolveNoXdev = 0x01;
    internal const ulong ResolveNoMagicLinks = 0x02;
    internal const ulong ResolveNoSymlinks = 0x04;
    internal const ulong ResolveBeneath = 0x08;
    internal const ulong ResolveInRoot = 0x10;
    internal const int MntDetach = 2;
    internal const uint FsConfigSetFlag = 0;
    internal const uint FsConfigSetString = 1;
    internal const uint FsConfigCreate = 6;
    internal const uint FsConfigReconfigure = 7;
    internal const long DevPtsMagic = 0x1cd1;
    internal const long ProcMagic = 0x9fa0;
    private const uint MoveMountEmptyPaths = 0x44;

    /// <summary>open_tree(2). An empty path means <paramref name="directory"/> itself.</summary>
    internal static FdHandle? TryOpenTree(FdHandle? directory, string path, uint flags, out int errno)
    {
        if (path.Length == 0) flags |= AtEmptyPath;
        var fd = Libc.mount_open_tree(SyscallNumber.OpenTree, directory?.Value ?? AtFdCwd, path, flags | OCloExec);
        return Own(fd, directory, out errno);
    }

    /// <summary>move_mount(2) by descriptors alone: 0 or the errno.</summary>
    internal static int TryMoveMount(FdHandle from, FdHandle to)
    {
        var result = Libc.mount_move_mount(SyscallNumber.MoveMount, from.Value, "", to.Value, "", MoveMountEmptyPaths);
        var errno = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(from);
        GC.KeepAlive(to);
        return errno;
    }

    internal static FdHandle? TryFsOpen(string type, out int errno) => Own(Libc.mount_fsopen(SyscallNumber.FsOpen, type, 1), null, out errno);

    internal static FdHandle? TryFsPick(FdHandle mount, out int errno) =>
        Own(Libc.mount_fspick(SyscallNumber.FsPick, mount.Value, "", 1 | 8), mount, out errno);

    /// <summary>fsconfig(2): 0 or the errno.</summary>
    internal static int TryFsConfig(FdHandle context, uint command, string? key = null, string? value = null)
    {
        var errno = Libc.mount_fsconfig(SyscallNumber.FsConfig, context.Value, command, key, value, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(context);
        return errno;
    }

    internal static FdHandle? TryFsMount(FdHandle context, ulong attributes, out int errno) =>
        Own(Libc.mount_fsmount(SyscallNumber.FsMount, context.Value, 1, (uint)attributes), context, out errno);

    /// <summary>What the filesystem said about a failed fsconfig or fsmount ("tmpfs: Unknown parameter 'x'"), or null.</summary>
    internal static string? FsMessage(FdHandle context)
    {
        var buffer = stackalloc byte[512];
        string? last = null;
        for (nint n; (n = Libc.read(context.Value, buffer, 512)) > 2;)
        {
            // Each message is "e text", "w text" or "i text".
            if (buffer[0] == (byte)'e') last = Encoding.UTF8.GetString(buffer + 2, (int)n - 2).TrimEnd('\n');
        }

        GC.KeepAlive(context);
        return last;
    }

    /// <summary>mount_setattr(2) on the mount itself: 0 or the errno.</summary>
    internal static int TrySetAttributes(FdHandle mount, bool recursive, ulong set, ulong clear, ulong propagation, FdHandle? userNamespace = null)
    {
        var attr = new MountAttr { Set = set, Clear = clear, Propagation = propagation, UserNamespace = (ulong)(userNamespace?.Value ?? 0) };
        var flags = AtEmptyPath | (recursive ? AtRecursive : 0);
        var errno = Libc.mount_setattr(SyscallNumber.MountSetAttr, mount.Value, "", flags, &attr, (nuint)sizeof(MountAttr)) == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(mount);
        GC.KeepAlive(userNamespace);
        return errno;
    }

    /// <summary>openat2(2), close-on-exec. The walk is tried again when the tree changed under it (EAGAIN).</summary>
    internal static FdHandle? TryOpenAt2(FdHandle directory, string path, int flags, ulong resolve, out int errno)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(flags | OCloExec), Resolve = resolve };
        for (var attempt = 0; ; attempt++)
        {
            var fd = Libc.mount_openat2(SyscallNumber.OpenAt2, directory.Value, path, &how, (nuint)sizeof(OpenHow));
            errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (fd >= 0) return new FdHandle((int)fd);
            if (errno != Errno.EINTR && (errno != Errno.EAGAIN || attempt == 64)) return null;
        }
    }

    /// <summary>statx(2) without following a last symlink. An empty path means <paramref name="directory"/> itself.</summary>
    internal static FileStatus? TryStat(FdHandle? directory, string path, out int errno)
    {
        const uint basicStats = 0x7ff;
        var buffer = stackalloc byte[256];
        var flags = AtSymlinkNoFollow | (path.Length == 0 ? AtEmptyPath : 0);
        errno = Libc.mount_statx(SyscallNumber.Statx, directory?.Value ?? AtFdCwd, path, flags, basicStats, buffer) == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(directory);
        if (errno != 0) return null;
        var s = new ReadOnlySpan<byte>(buffer, 256);
        return new FileStatus
        {
            Uid = MemoryMarshal.Read<uint>(s[20..]),
            Gid = MemoryMarshal.Read<uint>(s[24..]),
            Mode = BinaryPrimitives.ReadUInt16LittleEndian(s[28..]),
            Inode = MemoryMarshal.Read<ulong>(s[32..]),
            Size = MemoryMarshal.Read<ulong>(s[40..]),
            AccessSeconds = MemoryMarshal.Read<long>(s[64..]),
            AccessNanoseconds = MemoryMarshal.Read<uint>(s[72..]),
            ModifySeconds = MemoryMarshal.Read<long>(s[112..]),
            ModifyNanoseconds = MemoryMarshal.Read<uint>(s[120..]),
            DeviceMajor = MemoryMarshal.Read<uint>(s[128..]),
            DeviceMinor = MemoryMarshal.Read<uint>(s[132..]),
        };
    }

    internal static FileStatus Stat(FdHandle file, string subject) =>
        TryStat(file, "", out var errno) ?? throw new SyscallException($"stat {subject}", errno);

    /// <summary>The magic number of the filesystem a file is on.</summary>
    internal static long FileSystemMagic(FdHandle file, string subject)
    {
        var buffer = stackalloc long[16];
        if (Libc.fstatfs(file.Value, buffer) != 0) throw new SyscallException($"statfs {subject}", Marshal.GetLastPInvokeError());
        GC.KeepAlive(file);
        return buffer[0];
    }

    /// <summary>The target of a symlink that was opened with O_PATH and O_NOFOLLOW.</summary>
    internal static string ReadLink(FdHandle link, string subject)
    {
        var buffer = stackalloc byte[4096];
        var n = Libc.readlinkat(link.Value, "", buffer, 4096);
        if (n < 0) throw new SyscallException($"readlink {subject}", Marshal.GetLastPInvokeError());
        GC.KeepAlive(link);
        return Encoding.UTF8.GetString(buffer, (int)n);
    }

    internal static void SetHostname(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        fixed (byte* p = bytes)
            if (Libc.mount_sethostname(p, (nuint)bytes.Length) != 0) throw new SyscallException($"sethostname {name}", Marshal.GetLastPInvokeError());
    }

    internal static void SetDomainname(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        fixed (byte* p = bytes)
            if (Libc.mount_setdomainname(p, (nuint)bytes.Length) != 0) throw new SyscallException($"setdomainname {name}", Marshal.GetLastPInvokeError());
    }

    private static FdHandle? Own(nint fd, FdHandle? used, out int errno)
    {
        errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        GC.KeepAlive(used);
        return fd < 0 ? null : new FdHandle((int)fd);
    }
}
