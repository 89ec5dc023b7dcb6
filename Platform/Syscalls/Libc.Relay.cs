using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

internal static unsafe partial class Libc
{
    [LibraryImport(Name, EntryPoint = "send", SetLastError = true)] internal static partial nint relay_send(int socket, void* buffer, nuint count, int flags);
    [LibraryImport(Name, EntryPoint = "recv", SetLastError = true)] internal static partial nint relay_recv(int socket, void* buffer, nuint count, int flags);
}
