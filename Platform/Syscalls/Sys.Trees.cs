using System.Runtime.InteropServices;
using System.Text;

namespace Anocir.Platform.Syscalls;

/// <remarks>What copying a tree by descriptors needs.</remarks>
public static unsafe partial class Sys
{
    private static nint GetDents64 => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 217 : 61;

    /// <summary>The names in a directory that is open for reading, without "." and "..".</summary>
    internal static List<string> ListDirectory(FdHandle directory, string subject)
    {
        const int headerLength = 19;
        var names = new List<string>();
        var buffer = new byte[16 * 1024];
        fixed (byte* p = buffer)
        {
            while (true)
            {
                var n = Libc.syscall(GetDents64, directory.Value, (nint)p, buffer.Length, 0, 0, 0);
                if (n < 0) throw new SyscallException($"list {subject}", Marshal.GetLastPInvokeError());
                if (n == 0) break;
                for (nint at = 0; at < n;)
                {
                    var length = *(ushort*)(p + at + 16);
                    var name = Marshal.PtrToStringUTF8((nint)(p + at + headerLength))!;
                    if (name is not "." and not "..") names.Add(name);
                    at += length;
                }
            }
        }

        GC.KeepAlive(directory);
        return names;
    }

    /// <summary>One write(2): the bytes taken.</summary>
    internal static int WriteSome(FdHandle file, ReadOnlySpan<byte> value, string subject)
    {
        fixed (byte* p = value)
        {
            while (true)
            {
                var n = Libc.write(file.Value, p, (nuint)value.Length);
                if (n >= 0) return (int)n;
                if (Marshal.GetLastPInvokeError() is var e && e != Errno.EINTR) throw new SyscallException($"write {subject}", e);
            }
        }
    }

    /// <summary>Copies the extended attributes that the target's filesystem takes; the others have no meaning there.</summary>
    internal static void CopyExtendedAttributes(FdHandle from, FdHandle to)
    {
        var names = stackalloc byte[8192];
        var value = new byte[65536];
        var length = Libc.mount_flistxattr(from.Value, names, 8192);
        fixed (byte* v = value)
        {
            for (nint at = 0; at < length; at += Encoding.UTF8.GetByteCount(Marshal.PtrToStringUTF8((nint)(names + at))!) + 1)
            {
                var size = Libc.mount_fgetxattr(from.Value, names + at, v, (nuint)value.Length);
                if (size >= 0) Libc.mount_fsetxattr(to.Value, names + at, v, (nuint)size, 0);
            }
        }

        GC.KeepAlive(from);
        GC.KeepAlive(to);
    }

    /// <summary>Gives a file the times of another. An empty name means <paramref name="directory"/> itself.</summary>
    internal static void SetTimes(FdHandle directory, string name, FileStatus status, string subject)
    {
        var times = stackalloc long[4] { status.AccessSeconds, status.AccessNanoseconds, status.ModifySeconds, status.ModifyNanoseconds };
        var flags = name.Length == 0 ? AtEmptyPath : AtSymlinkNoFollow;
        var failed = Libc.mount_utimensat(directory.Value, name, times, flags) != 0;
        if (failed) throw new SyscallException($"set times of {subject}", Marshal.GetLastPInvokeError());
        GC.KeepAlive(directory);
    }
}
