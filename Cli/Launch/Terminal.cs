using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Launch;

/// <summary>The caller's own terminal.</summary>
internal static unsafe class Terminal
{
    private const nuint TIocGWinSz = 0x5413;

    /// <summary>Its size in characters; zeros where the descriptor is no terminal.</summary>
    public static (int Rows, int Columns) Size(int fd)
    {
        var size = stackalloc ushort[4];
        return Libc.ioctl(fd, TIocGWinSz, size) == 0 ? (size[0], size[1]) : default;
    }
}
