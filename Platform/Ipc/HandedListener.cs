using System.Globalization;
using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Ipc;

/// <summary>A listening socket that whoever started this process has opened for it: systemd's socket activation (sd_listen_fds(3)).</summary>
public static unsafe class HandedListener
{
    private const int FirstDescriptor = 3;

    /// <summary>The one message socket handed over, made non-blocking and close-on-exec; null when none is meant for this process.</summary>
    /// <exception cref="ContainerException">When what was handed over is more than one descriptor, or no listening SOCK_SEQPACKET socket.</exception>
    public static FdHandle? Take()
    {
        // The variables outlive an exec by somebody else: only LISTEN_PID says whose they are.
        var pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        if (Environment.GetEnvironmentVariable("LISTEN_PID") != pid) return null;
        var count = Environment.GetEnvironmentVariable("LISTEN_FDS");
        if (count != "1") throw new ContainerException($"LISTEN_FDS is {count}: the supervisor takes one listening socket");
        if (!Sys.IsMessageSocket(FirstDescriptor) || !Listens(FirstDescriptor))
            throw new ContainerException("descriptor 3, handed over by LISTEN_FDS, is not a listening SOCK_SEQPACKET socket (systemd: ListenSequentialPacket=)");
        const int SetDescriptorFlags = 2, SetStatusFlags = 4, CloseOnExec = 1, NonBlocking = 0x800;
        if (Libc.fcntl(FirstDescriptor, SetDescriptorFlags, CloseOnExec) != 0) throw new SyscallException("fcntl F_SETFD", Marshal.GetLastPInvokeError());
        if (Libc.fcntl(FirstDescriptor, SetStatusFlags, NonBlocking) != 0) throw new SyscallException("fcntl F_SETFL", Marshal.GetLastPInvokeError());
        return new FdHandle(FirstDescriptor);
    }

    private static bool Listens(int fd)
    {
        const int SolSocket = 1, SoAcceptConn = 30;
        int listens;
        uint length = 4;
        return Libc.getsockopt(fd, SolSocket, SoAcceptConn, &listens, &length) == 0 && listens != 0;
    }
}
