using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

internal static unsafe partial class Libc
{
    [LibraryImport(Name, SetLastError = true)] internal static partial int socket(int domain, int type, int protocol);
    [LibraryImport(Name, SetLastError = true)] internal static partial int socketpair(int domain, int type, int protocol, int* pair);
    [LibraryImport(Name, SetLastError = true)] internal static partial int bind(int socket, void* address, uint length);
    [LibraryImport(Name, SetLastError = true)] internal static partial int listen(int socket, int backlog);
    [LibraryImport(Name, SetLastError = true)] internal static partial int connect(int socket, void* address, uint length);
    [LibraryImport(Name, SetLastError = true)] internal static partial int accept4(int socket, void* address, uint* length, int flags);
    [LibraryImport(Name, SetLastError = true)] internal static partial nint sendmsg(int socket, void* message, int flags);
    [LibraryImport(Name, SetLastError = true)] internal static partial nint recvmsg(int socket, void* message, int flags);
    [LibraryImport(Name, SetLastError = true)] internal static partial int getsockopt(int socket, int level, int name, void* value, uint* length);
    [LibraryImport(Name, SetLastError = true)] internal static partial int setsockopt(int socket, int level, int name, void* value, uint length);
    [LibraryImport(Name, SetLastError = true)] internal static partial int epoll_create1(int flags);
    [LibraryImport(Name, SetLastError = true)] internal static partial int epoll_ctl(int epoll, int operation, int fd, void* ev);
    [LibraryImport(Name, SetLastError = true)] internal static partial int epoll_wait(int epoll, void* events, int count, int timeout);
    [LibraryImport(Name, SetLastError = true)] internal static partial int poll(void* fds, nuint count, int timeout);
    [LibraryImport(Name, SetLastError = true)] internal static partial int eventfd(uint initial, int flags);
    [LibraryImport(Name, SetLastError = true)] internal static partial int flock(int fd, int operation);
    [LibraryImport(Name, SetLastError = true)] internal static partial int ftruncate(int fd, nint length);
}
