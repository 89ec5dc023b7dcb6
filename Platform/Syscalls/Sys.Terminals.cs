using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

/// <summary>termios of the kernel (asm-generic/termbits.h): 36 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelTermios
{
    internal uint InputFlags;
    internal uint OutputFlags;
    internal uint ControlFlags;
    internal uint LocalFlags;
    internal byte Line;
    internal fixed byte Characters[19];
}

/// <remarks>ioctl(2) of terminals, asm-generic/ioctls.h.</remarks>
public static unsafe partial class Sys
{
    private const nuint TcGets = 0x5401;
    private const nuint TcSetsWait = 0x5403;
    private const nuint TiocSCtty = 0x540E;
    private const nuint TiocGWinSz = 0x5413;
    private const nuint TiocSWinSz = 0x5414;
    private const nuint TiocGPtPeer = 0x5441;
    private const nuint TiocGPtn = 0x80045430;
    private const nuint TiocSPtLck = 0x40045431;

    /// <summary>Unlocks a pty and tells its number.</summary>
    internal static int UnlockPty(FdHandle master)
    {
        var unlocked = 0;
        var number = 0;
        if (Libc.ioctl(master.Value, TiocSPtLck, &unlocked) != 0) throw new SyscallException("unlock a terminal", Marshal.GetLastPInvokeError());
        if (Libc.ioctl(master.Value, TiocGPtn, &number) != 0) throw new SyscallException("number of a terminal", Marshal.GetLastPInvokeError());
        GC.KeepAlive(master);
        return number;
    }

    /// <summary>The slave of a master, without any path (Linux 4.13).</summary>
    internal static FdHandle OpenPtyPeer(FdHandle master)
    {
        var fd = Libc.ioctl(master.Value, TiocGPtPeer, (void*)(ORdWr | ONoCtty | OCloExec));
        if (fd < 0) throw new SyscallException("open the slave of a terminal", Marshal.GetLastPInvokeError());
        GC.KeepAlive(master);
        return new FdHandle(fd);
    }

    /// <summary>Rows and columns: 0 or the errno (ENOTTY: not a terminal).</summary>
    internal static int TryGetWindowSize(FdHandle terminal, out ushort rows, out ushort columns)
    {
        var size = stackalloc ushort[4];
        var errno = Libc.ioctl(terminal.Value, TiocGWinSz, size) == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(terminal);
        (rows, columns) = (size[0], size[1]);
        return errno;
    }

    internal static int TrySetWindowSize(FdHandle terminal, ushort rows, ushort columns)
    {
        var size = stackalloc ushort[4] { rows, columns, 0, 0 };
        var errno = Libc.ioctl(terminal.Value, TiocSWinSz, size) == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(terminal);
        return errno;
    }

    internal static int TryGetTermios(FdHandle terminal, out KernelTermios termios)
    {
        fixed (KernelTermios* p = &termios)
        {
            *p = default;
            var errno = Libc.ioctl(terminal.Value, TcGets, p) == 0 ? 0 : Marshal.GetLastPInvokeError();
            GC.KeepAlive(terminal);
            return errno;
        }
    }

    internal static int TrySetTermios(FdHandle terminal, KernelTermios termios)
    {
        var errno = Libc.ioctl(terminal.Value, TcSetsWait, &termios) == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(terminal);
        return errno;
    }

    /// <summary>As cfmakeraw(3) does it.</summary>
    internal static KernelTermios MakeRaw(KernelTermios termios)
    {
        const int time = 5;
        const int minimum = 6;
        termios.InputFlags &= ~0x5EBu;
        termios.OutputFlags &= ~0x1u;
        termios.LocalFlags &= ~0x804Bu;
        termios.ControlFlags = (termios.ControlFlags & ~0x130u) | 0x30u;
        termios.Characters[minimum] = 1;
        termios.Characters[time] = 0;
        return termios;
    }

    /// <summary>A new session, and the terminal as its controlling one.</summary>
    internal static void TakeTerminal(FdHandle terminal, string name)
    {
        // EPERM: this process leads a group already; if that is a session, the next call says whether it may have the terminal.
        if (Libc.mount_setsid() < 0 && Marshal.GetLastPInvokeError() is var e && e != Errno.EPERM) throw new SyscallException("setsid", e);
        if (Libc.ioctl(terminal.Value, TiocSCtty, null) != 0) throw new SyscallException($"make {name} the controlling terminal", Marshal.GetLastPInvokeError());
        GC.KeepAlive(terminal);
    }

    /// <summary>dup3 onto a standard descriptor, which stays open across execve.</summary>
    internal static void DuplicateTo(FdHandle file, int number)
    {
        if (file.Value == number) return;
        if (Libc.dup3(file.Value, number, 0) < 0) throw new SyscallException($"dup3 onto {number}", Marshal.GetLastPInvokeError());
        GC.KeepAlive(file);
    }
}
