using System.Runtime.InteropServices;
using System.Text;

namespace Anocir.Platform.Syscalls;

public static unsafe partial class Sys
{
    private const int MfdCloExec = 1;
    private const int MfdAllowSealing = 2;
    private const int MfdExec = 0x10;
    private const int FAddSeals = 1033;
    private const int AllSeals = 0x1 | 0x2 | 0x4 | 0x8;

    /// <summary>A sealed memfd with this content, at offset 0: nobody can change it, or make it writable, any more.</summary>
    public static FdHandle MemoryFile(string name, ReadOnlySpan<byte> content, bool executable = false)
    {
        var file = CreateMemoryFile(name, executable);
        WriteAll(file, content, $"memfd {name}");
        // Who may not read a program cannot be traced while it runs it by those of a user namespace that does not hold the file's owner (would_dump
        // in the kernel): init is safe from its container from its execve on, and not only from its first own instruction.
        if (executable && Libc.fchmod(file.Value, 0x1C9 /* 0711 */) != 0) throw new SyscallException($"chmod memfd {name}", Marshal.GetLastPInvokeError());
        if (Libc.fcntl(file.Value, FAddSeals, AllSeals) != 0) throw new SyscallException($"seal memfd {name}", Marshal.GetLastPInvokeError());
        Libc.lseek(file.Value, 0, 0);
        return file;
    }

    /// <summary>Everything from offset 0 on.</summary>
    /// <exception cref="InvalidDataException">It is longer than <paramref name="limit"/> bytes.</exception>
    public static byte[] ReadAll(FdHandle file, int limit, string subject)
    {
        var end = Libc.lseek(file.Value, 0, 2);
        if (end > limit) throw new InvalidDataException($"{subject} is longer than {limit} bytes");
        Libc.lseek(file.Value, 0, 0);
        // procfs and pipes tell no size: read on until the end.
        var buffer = new byte[end > 0 ? end + 1 : 8192];
        var length = 0;
        while (true)
        {
            var n = Read(file, buffer.AsSpan(length), subject);
            length += n;
            if (length < buffer.Length) return buffer[..length];
            if (length > limit) throw new InvalidDataException($"{subject} is longer than {limit} bytes");
            Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    private static FdHandle CreateMemoryFile(string name, bool executable)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(name + '\0'))
        {
            var fd = Libc.syscall(SyscallNumber.MemfdCreate, (nint)p, MfdCloExec | MfdAllowSealing | (executable ? MfdExec : 0), 0, 0, 0, 0);
            // Kernels before 6.3 do not know MFD_EXEC; there, every memfd is executable.
            if (fd < 0 && executable && Marshal.GetLastPInvokeError() == Errno.EINVAL)
                fd = Libc.syscall(SyscallNumber.MemfdCreate, (nint)p, MfdCloExec | MfdAllowSealing, 0, 0, 0, 0);
            return fd >= 0 ? new FdHandle((int)fd) : throw new SyscallException($"memfd_create {name}", Marshal.GetLastPInvokeError());
        }
    }
}
