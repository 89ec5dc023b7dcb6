using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

public sealed partial class RootfsBuilder
{
    /// <summary>
    /// The host's null device among the standard streams becomes the container's own: nothing of the container leads to a mount of the host then,
    /// which CRIU could not save.
    /// </summary>
    private void ReplaceNullStreams()
    {
        FdHandle? own = null;
        try
        {
            for (var fd = 0; fd < 3; fd++)
            {
                if (!IsNull(fd)) continue;
                own ??= TryOpenOwnNull();
                if (own is null) return;
                if (Libc.dup3(own.Value, fd, 0) < 0) throw new SyscallException("take the container's /dev/null", Marshal.GetLastPInvokeError());
            }
        }
        finally
        {
            own?.Dispose();
        }
    }

    private static bool IsNull(int fd)
    {
        var stream = new FdHandle(fd);
        try
        {
            return Sys.TryStat(stream, "", out _) is { } status && status.IsDevice(FileStatus.Character, 1, 3);
        }
        finally
        {
            stream.Release();
        }
    }

    /// <summary>Null where the container has no /dev of its own, or something else in that place: looked at before it is opened.</summary>
    private FdHandle? TryOpenOwnNull()
    {
        if (_dev is null) return null;
        using var found = Sys.TryOpen(_dev, "null", Sys.OPath | Sys.ONoFollow, 0, out _);
        if (found is null || !Sys.Stat(found, "/dev/null").IsDevice(FileStatus.Character, 1, 3)) return null;
        return Sys.TryOpen(_dev, "null", Sys.ORdWr | Sys.ONoFollow, 0, out _);
    }
}
