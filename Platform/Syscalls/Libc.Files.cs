using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

/// <summary>Calls that the C library has, as they are: −1 and errno. <see cref="Sys"/> is what the rest of the project calls.</summary>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    [LibraryImport(Name, SetLastError = true)] internal static partial int close(int fd);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int openat(int dirfd, string path, int flags, uint mode);
    [LibraryImport(Name, SetLastError = true)] internal static partial nint read(int fd, void* buffer, nuint count);
    [LibraryImport(Name, SetLastError = true)] internal static partial nint write(int fd, void* buffer, nuint count);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int mkdirat(int dirfd, string path, uint mode);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int unlinkat(int dirfd, string path, int flags);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int renameat(int olddirfd, string oldpath, int newdirfd, string newpath);
    [LibraryImport(Name, SetLastError = true)] internal static partial int dup3(int oldfd, int newfd, int flags);
    [LibraryImport(Name, SetLastError = true)] internal static partial int fcntl(int fd, int cmd, nint arg);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int faccessat(int dirfd, string path, int mode, int flags);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int fchmodat(int dirfd, string path, uint mode, int flags);
    [LibraryImport(Name, SetLastError = true)] internal static partial int fchown(int fd, uint uid, uint gid);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int fchownat(int dirfd, string path, uint uid, uint gid, int flags);
    [LibraryImport(Name, SetLastError = true)] internal static partial int fchmod(int fd, uint mode);
    [LibraryImport(Name, SetLastError = true)] internal static partial nint lseek(int fd, nint offset, int whence);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint readlinkat(int dirfd, string path, byte* buffer, nuint size);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int symlinkat(string target, int dirfd, string path);
    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int mknodat(int dirfd, string path, uint mode, ulong device);
    [LibraryImport(Name, SetLastError = true)] internal static partial int fstatfs(int fd, void* buffer);
    [LibraryImport(Name, SetLastError = true)] internal static partial int ioctl(int fd, nuint request, void* argument);
    [LibraryImport(Name, SetLastError = true)] internal static partial uint geteuid();
    [LibraryImport(Name, SetLastError = true)] internal static partial uint getegid();
    [LibraryImport(Name, SetLastError = true)] internal static partial int getpid();

    /// <summary>The variadic gate for calls the C library does not name. Integer arguments only.</summary>
    [LibraryImport(Name, SetLastError = true)] internal static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);
}
