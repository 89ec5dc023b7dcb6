using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

internal static unsafe partial class Libc
{
    [LibraryImport(Name, SetLastError = true)] internal static partial int setns(int fd, int type);
    [LibraryImport(Name, SetLastError = true)] internal static partial int unshare(int flags);
    [LibraryImport(Name, SetLastError = true)] internal static partial int setsid();
    [LibraryImport(Name, SetLastError = true)] internal static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);
    [LibraryImport(Name, SetLastError = true)] internal static partial int waitpid(int pid, int* status, int options);
    [LibraryImport(Name, SetLastError = true)] internal static partial int kill(int pid, int signal);
    [LibraryImport(Name, SetLastError = true)] internal static partial int chdir(byte* path);
    [LibraryImport(Name, SetLastError = true)] internal static partial int execve(byte* path, byte** arguments, byte** environment);
    [LibraryImport(Name)] internal static partial void _exit(int status);
}
