using System.Runtime.InteropServices;

namespace Anocir.Kernel.Tests.Rootfs;

internal static partial class Interop
{
    /// <summary>Flag 2 is RENAME_EXCHANGE: both names exist at every moment.</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int renameat2(int oldDirectory, string oldPath, int newDirectory, string newPath, uint flags);

    /// <summary>Command 2 is F_SETFD: 0 takes close-on-exec off.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int fd, int command, nint argument);
}
