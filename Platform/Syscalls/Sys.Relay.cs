using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

/// <remarks>Copying without waiting.</remarks>
public static unsafe partial class Sys
{
    private const int MsgDontWait = 0x40;
    private const int MsgNoSignal = 0x4000;

    /// <summary>The O_* flags of an open file description (fcntl F_GETFL).</summary>
    internal static int StatusFlags(FdHandle file)
    {
        const int FGetFl = 3;
        var flags = Libc.fcntl(file.Value, FGetFl, 0);
        GC.KeepAlive(file);
        return flags >= 0 ? flags : throw new SyscallException("fcntl F_GETFL", Marshal.GetLastPInvokeError());
    }

    /// <summary>O_NONBLOCK for everybody who shares the open file description: only for those that nobody else has.</summary>
    internal static void SetNonBlocking(FdHandle file)
    {
        const int FSetFl = 4;
        var result = Libc.fcntl(file.Value, FSetFl, StatusFlags(file) | ONonBlock);
        GC.KeepAlive(file);
        if (result != 0) throw new SyscallException("fcntl F_SETFL O_NONBLOCK", Marshal.GetLastPInvokeError());
    }

    /// <summary>One write(2): the number of bytes, or minus the errno.</summary>
    internal static int TryWriteSome(FdHandle file, ReadOnlySpan<byte> content)
    {
        fixed (byte* p = content)
        {
            while (true)
            {
                var n = (int)Libc.write(file.Value, p, (nuint)content.Length);
                if (n >= 0) return n;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) return -errno;
            }
        }
    }

    /// <summary>send(2) that does not wait, whatever the socket is set to: the number of bytes, or minus the errno.</summary>
    internal static int TrySend(FdHandle socket, ReadOnlySpan<byte> content)
    {
        fixed (byte* p = content)
        {
            while (true)
            {
                var n = (int)Libc.relay_send(socket.Value, p, (nuint)content.Length, MsgDontWait | MsgNoSignal);
                if (n >= 0) return n;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) return -errno;
            }
        }
    }

    /// <summary>recv(2) that does not wait: the number of bytes, 0 at the end, or minus the errno.</summary>
    internal static int TryReceive(FdHandle socket, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            while (true)
            {
                var n = (int)Libc.relay_recv(socket.Value, p, (nuint)buffer.Length, MsgDontWait);
                if (n >= 0) return n;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) return -errno;
            }
        }
    }
}
