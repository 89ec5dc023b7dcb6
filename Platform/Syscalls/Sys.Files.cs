using System.Runtime.InteropServices;
using System.Text;

namespace Anocir.Platform.Syscalls;

/// <summary>System calls as this project uses them: handles own descriptors, everything is close-on-exec, EINTR is retried, failure is a <see cref="SyscallException"/>.</summary>
public static unsafe partial class Sys
{
    public const int AtFdCwd = -100;
    public const int AtEmptyPath = 0x1000;
    public const int AtSymlinkNoFollow = 0x100;
    public const int AtRemoveDir = 0x200;
    public const int ORdOnly = 0;
    public const int OWrOnly = 1;
    public const int ORdWr = 2;
    public const int OCreat = 0x40;
    public const int OExcl = 0x80;
    public const int ONoCtty = 0x100;
    public const int OTrunc = 0x200;
    public const int OAppend = 0x400;
    public const int ONonBlock = 0x800;
    public const int OSync = 0x101000;
    public const int OCloExec = 0x80000;
    public const int OPath = 0x200000;
    // The two differ between the architectures (asm/fcntl.h of arm64).
    public static int ODirectory => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 0x10000 : 0x4000;
    public static int ONoFollow => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 0x20000 : 0x8000;

    /// <summary>openat(2), always close-on-exec. <paramref name="directory"/> null is the working directory.</summary>
    public static FdHandle Open(FdHandle? directory, string path, int flags, uint mode = 0)
    {
        var fd = TryOpen(directory, path, flags, mode, out var errno);
        return fd ?? throw new SyscallException($"open {path}", errno);
    }

    public static FdHandle Open(string path, int flags, uint mode = 0) => Open(null, path, flags, mode);

    public static FdHandle? TryOpen(FdHandle? directory, string path, int flags, uint mode, out int errno)
    {
        int fd;
        do
        {
            fd = Libc.openat(directory?.Value ?? AtFdCwd, path, flags | OCloExec, mode);
            errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        } while (fd < 0 && errno == Errno.EINTR);
        GC.KeepAlive(directory);
        return fd < 0 ? null : new FdHandle(fd);
    }

    /// <summary>mkdirat(2). True when made, false when it was there already.</summary>
    public static bool MakeDirectory(FdHandle? parent, string path, uint mode)
    {
        if (Libc.mkdirat(parent?.Value ?? AtFdCwd, path, mode) == 0) return true;
        var errno = Marshal.GetLastPInvokeError();
        GC.KeepAlive(parent);
        return errno == Errno.EEXIST ? false : throw new SyscallException($"mkdir {path}", errno);
    }

    /// <summary>rmdir(2): 0 or the errno.</summary>
    public static int RemoveDirectory(FdHandle? parent, string path) => Unlink(parent, path, AtRemoveDir);

    /// <summary>unlinkat(2): 0 or the errno.</summary>
    public static int Unlink(FdHandle? parent, string path, int flags = 0)
    {
        var errno = Libc.unlinkat(parent?.Value ?? AtFdCwd, path, flags) == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(parent);
        return errno;
    }

    /// <summary>Whether anything is there; the path must be one the host controls.</summary>
    public static bool Exists(string path) => Libc.faccessat(AtFdCwd, path, 0, 0) == 0;

    /// <summary>fstat(2): neither a pipe nor a device nor a directory.</summary>
    public static bool IsRegularFile(FdHandle file) => Stat(file, "").Type == FileStatus.Regular;

    /// <summary>Whether a file opened with <see cref="OPath"/> is a socket's name.</summary>
    public static bool IsSocket(FdHandle file) => Stat(file, "").Type == FileStatus.Socket;

    /// <summary>Whether the number is an open AF_UNIX message socket.</summary>
    public static bool IsMessageSocket(int fd)
    {
        const int SolSocket = 1, SoType = 3, SockSeqPacket = 5;
        int type;
        uint length = 4;
        return Libc.getsockopt(fd, SolSocket, SoType, &type, &length) == 0 && type == SockSeqPacket;
    }

    /// <summary>flock(2), exclusive, tried until the time limit.</summary>
    public static bool TryLock(FdHandle file, TimeSpan limit)
    {
        const int LockExclusiveNonBlocking = 2 | 4;
        var deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (Libc.flock(file.Value, LockExclusiveNonBlocking) != 0)
        {
            if (Environment.TickCount64 >= deadline) return false;
            Thread.Sleep(5);
        }

        return true;
    }

    /// <summary>The path still leads to the open file: nobody has removed or replaced it meanwhile.</summary>
    public static bool IsAt(FdHandle file, string path) => TryStat(null, path, out _)?.Inode == Stat(file, path).Inode;

    /// <summary>chmod(2).</summary>
    public static void ChangeMode(string path, uint mode)
    {
        if (Libc.fchmodat(AtFdCwd, path, mode, 0) != 0) throw new SyscallException($"chmod {path}", Marshal.GetLastPInvokeError());
    }

    /// <summary>geteuid(2).</summary>
    public static uint EffectiveUser() => Libc.geteuid();

    /// <summary>rename(2).</summary>
    public static void Rename(string from, string to)
    {
        if (Libc.renameat(AtFdCwd, from, AtFdCwd, to) != 0) throw new SyscallException($"rename {from} to {to}", Marshal.GetLastPInvokeError());
    }

    /// <summary>readlink(2).</summary>
    public static string ReadLink(string path) => TryReadLink(path) ?? throw new SyscallException($"readlink {path}", Marshal.GetLastPInvokeError());

    /// <summary>readlink(2); null when it fails.</summary>
    public static string? TryReadLink(string path)
    {
        var buffer = stackalloc byte[4096];
        var length = Libc.readlinkat(AtFdCwd, path, buffer, 4096);
        return length >= 0 ? Encoding.UTF8.GetString(buffer, (int)length) : null;
    }

    /// <summary>mkdir(2): 0 or the errno.</summary>
    public static int TryMakeDirectory(string path, uint mode) => Libc.mkdirat(AtFdCwd, path, mode) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>read(2) until the buffer is full or the file ends.</summary>
    public static int Read(FdHandle file, Span<byte> buffer, string subject)
    {
        var total = 0;
        fixed (byte* p = buffer)
        {
            while (total < buffer.Length)
            {
                var n = Libc.read(file.Value, p + total, (nuint)(buffer.Length - total));
                if (n == 0) break;
                if (n > 0) total += (int)n;
                else if (Marshal.GetLastPInvokeError() is var e && e != Errno.EINTR) throw new SyscallException($"read {subject}", e);
            }
        }

        GC.KeepAlive(file);
        return total;
    }

    /// <summary>One write(2): 0 or the errno. Kernel files take a value whole or not at all.</summary>
    public static int TryWrite(FdHandle file, ReadOnlySpan<byte> value)
    {
        fixed (byte* p = value)
        {
            while (true)
            {
                if (Libc.write(file.Value, p, (nuint)value.Length) >= 0) return 0;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) return errno;
            }
        }
    }

    /// <summary>write(2) until everything is written.</summary>
    public static void WriteAll(FdHandle file, ReadOnlySpan<byte> content, string subject)
    {
        fixed (byte* p = content)
        {
            for (nint at = 0; at < content.Length;)
            {
                var n = Libc.write(file.Value, p + at, (nuint)(content.Length - at));
                if (n >= 0) at += n;
                else if (Marshal.GetLastPInvokeError() is var e && e != Errno.EINTR) throw new SyscallException($"write {subject}", e);
            }
        }
    }

    /// <summary>Does not survive execve.</summary>
    public static void SetCloseOnExec(FdHandle file)
    {
        const int FSetFd = 2;
        if (Libc.fcntl(file.Value, FSetFd, 1) != 0) throw new SyscallException("fcntl F_SETFD", Marshal.GetLastPInvokeError());
    }

    /// <summary>A copy of one of our own descriptors by number, to hand on.</summary>
    public static FdHandle Borrow(int fd)
    {
        using var borrowed = new FdHandle(fd);
        try
        {
            return Duplicate(borrowed);
        }
        finally
        {
            borrowed.Release();
        }
    }

    /// <summary>Duplicates a descriptor at 3 or above, close-on-exec.</summary>
    public static FdHandle Duplicate(FdHandle file)
    {
        const int FDupFdCloExec = 1030;
        var fd = Libc.fcntl(file.Value, FDupFdCloExec, 3);
        GC.KeepAlive(file);
        return fd >= 0 ? new FdHandle(fd) : throw new SyscallException("fcntl F_DUPFD_CLOEXEC", Marshal.GetLastPInvokeError());
    }
}
