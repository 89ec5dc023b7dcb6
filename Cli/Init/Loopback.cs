using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Init;

/// <summary>Sets the loopback interface of a new network namespace up (netdevice(7)).</summary>
internal static unsafe class Loopback
{
    private const int AfInet = 2;
    private const int SockDgramCloExec = 2 | 0x80000;
    private const nuint SiocSIfFlags = 0x8914;
    private const short IffUp = 1;
    /// <summary>sizeof(struct ifreq): 16 bytes of name, then the flags in a union.</summary>
    private const int InterfaceRequestSize = 40;

    public static void BringUp()
    {
        using var socket = new FdHandle(Libc.socket(AfInet, SockDgramCloExec, 0));
        if (socket.IsInvalid) throw new SyscallException("open a socket to set up the loopback", Marshal.GetLastPInvokeError());
        var request = stackalloc byte[InterfaceRequestSize];
        new Span<byte>(request, InterfaceRequestSize).Clear();
        request[0] = (byte)'l';
        request[1] = (byte)'o';
        *(short*)(request + 16) = IffUp;
        if (Libc.ioctl(socket.Value, SiocSIfFlags, request) != 0) throw new SyscallException("set interface lo up", Marshal.GetLastPInvokeError());
    }
}
