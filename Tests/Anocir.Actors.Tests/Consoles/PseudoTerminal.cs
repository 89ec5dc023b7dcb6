using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Actors.Tests.Consoles;

/// <summary>A terminal of this host, raw: what goes in on one side comes out on the other as it is.</summary>
internal sealed unsafe partial class PseudoTerminal : IDisposable
{
    internal PseudoTerminal()
    {
        int master, slave;
        Assert.Equal(0, openpty(&master, &slave, null, null, null));
        (Master, Slave) = (new FdHandle(master), new FdHandle(slave));
        var termios = stackalloc byte[128];
        Assert.Equal(0, tcgetattr(slave, termios));
        cfmakeraw(termios);
        Assert.Equal(0, tcsetattr(slave, 0, termios));
        Sys.SetCloseOnExec(Master);
        Sys.SetCloseOnExec(Slave);
    }

    internal FdHandle Master { get; }

    internal FdHandle Slave { get; }

    internal static bool IsNonBlocking(FdHandle file) => (fcntl(file.Value, 3, 0) & Sys.ONonBlock) != 0;

    public void Dispose()
    {
        Master.Dispose();
        Slave.Dispose();
    }

    [LibraryImport("libc")] private static partial int openpty(int* master, int* slave, byte* name, void* termios, void* size);
    [LibraryImport("libc")] private static partial int tcgetattr(int fd, void* termios);
    [LibraryImport("libc")] private static partial int tcsetattr(int fd, int when, void* termios);
    [LibraryImport("libc")] private static partial void cfmakeraw(void* termios);
    [LibraryImport("libc")] private static partial int fcntl(int fd, int command, nint argument);
}
