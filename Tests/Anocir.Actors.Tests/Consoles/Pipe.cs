using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Actors.Tests.Consoles;

/// <summary>A pipe, or a pair of stream sockets, of blocking ends.</summary>
internal sealed unsafe partial class Pipe : IDisposable
{
    private Pipe(int read, int write) => (Read, Write) = (new FdHandle(read), new FdHandle(write));

    internal FdHandle Read { get; }

    internal FdHandle Write { get; }

    internal static Pipe New()
    {
        var fds = stackalloc int[2];
        Assert.Equal(0, pipe2(fds, Sys.OCloExec));
        return new Pipe(fds[0], fds[1]);
    }

    internal static Pipe OfSockets()
    {
        var fds = stackalloc int[2];
        Assert.Equal(0, socketpair(1, 1 | Sys.OCloExec, 0, fds));
        return new Pipe(fds[0], fds[1]);
    }

    public void Dispose()
    {
        Read.Dispose();
        Write.Dispose();
    }

    [LibraryImport("libc")] private static partial int pipe2(int* fds, int flags);
    [LibraryImport("libc")] private static partial int socketpair(int domain, int type, int protocol, int* fds);
}
