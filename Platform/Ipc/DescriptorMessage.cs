using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Ipc;

/// <summary>A name and one descriptor over a stream socket: what console sockets and pidfd sockets expect, and nothing else.</summary>
public static unsafe class DescriptorMessage
{
    public static void Send(FdHandle socket, ReadOnlySpan<byte> name, FdHandle descriptor)
    {
        // One control message with exactly one descriptor: receivers refuse any other form.
        var control = stackalloc byte[24];
        *(nuint*)control = 20;
        *(int*)(control + 8) = 1;
        *(int*)(control + 12) = 1;
        *(int*)(control + 16) = descriptor.Value;
        fixed (byte* start = name)
        {
            var part = stackalloc nuint[2] { (nuint)start, (nuint)name.Length };
            // struct msghdr: name, name length, parts, part count, control, control length, flags
            var message = stackalloc nuint[7] { 0, 0, (nuint)part, 1, (nuint)control, 24, 0 };
            const int MsgNoSignal = 0x4000;
            var sent = Libc.sendmsg(socket.Value, message, MsgNoSignal);
            if (sent < 0) throw new SyscallException("send a descriptor", Marshal.GetLastPInvokeError());
            // A time limit on the socket can end it half-way.
            if (sent != name.Length) throw new SyscallException("send a descriptor", Errno.EAGAIN);
        }

        GC.KeepAlive(descriptor);
    }
}
