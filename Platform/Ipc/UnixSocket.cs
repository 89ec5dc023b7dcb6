using System.Runtime.InteropServices;
using System.Text;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Ipc;

/// <summary>Making, binding and connecting AF_UNIX sockets. Paths longer than sun_path (108 bytes) go through a directory fd.</summary>
public static unsafe class UnixSocket
{
    private const int AfUnix = 1;
    private const int SockStream = 1;
    private const int SockSeqPacket = 5;
    private const int SockCloExec = 0x80000;
    private const int SockNonBlock = 0x800;
    private const int SunPathLength = 108;

    /// <summary>A connected pair of message sockets.</summary>
    public static (FdHandle One, FdHandle Other) Pair()
    {
        var pair = stackalloc int[2];
        if (Libc.socketpair(AfUnix, SockSeqPacket | SockCloExec, 0, pair) != 0) throw new SyscallException("socketpair", Marshal.GetLastPInvokeError());
        return (new FdHandle(pair[0]), new FdHandle(pair[1]));
    }

    /// <summary>A listening message socket at a path that must not exist yet.</summary>
    public static FdHandle Listen(string path, int backlog, bool nonBlocking)
    {
        var socket = Create(SockSeqPacket, nonBlocking);
        using var name = new SocketName(path);
        if (Libc.bind(socket.Value, name.Address, name.Length) != 0) throw new SyscallException($"bind socket {path}", Marshal.GetLastPInvokeError());
        if (Libc.listen(socket.Value, backlog) != 0) throw new SyscallException($"listen on {path}", Marshal.GetLastPInvokeError());
        return socket;
    }

    /// <summary>Connects to a message socket; null and the errno when nobody answers.</summary>
    public static FdHandle? TryConnect(string path, out int errno) => TryConnect(SockSeqPacket, path, out errno);

    /// <summary>Connects to a stream socket, as console sockets and seccomp agents are.</summary>
    public static FdHandle ConnectStream(string path) =>
        TryConnect(SockStream, path, out var errno) ?? throw new SyscallException($"connect to {path}", errno);

    /// <summary>The same with a limit for the connection and for each send: a listener whose queue is full keeps its callers waiting.</summary>
    /// <returns>Null and the errno (EAGAIN at the limit) when nobody answers.</returns>
    public static FdHandle? TryConnectStream(string path, int seconds, out int errno) => TryConnect(SockStream, path, out errno, seconds);

    /// <summary>accept4(2) on a non-blocking listener; null and the errno when nobody waits (EAGAIN), or nobody can be let in.</summary>
    public static FdHandle? TryAccept(FdHandle listener, out int errno)
    {
        do
        {
            var fd = Libc.accept4(listener.Value, null, null, SockCloExec);
            errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (fd >= 0) return new FdHandle(fd);
            // A caller that went away before it was accepted makes room for the next one.
        } while (errno is Errno.EINTR or Errno.ECONNABORTED);
        GC.KeepAlive(listener);
        return null;
    }

    /// <summary>accept4(2) on a blocking listener.</summary>
    public static FdHandle Accept(FdHandle listener)
    {
        while (true)
        {
            var fd = Libc.accept4(listener.Value, null, null, SockCloExec);
            if (fd >= 0) return new FdHandle(fd);
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR) throw new SyscallException("accept", errno);
        }
    }

    private static FdHandle? TryConnect(int type, string path, out int errno, int sendLimit = 0)
    {
        const int SolSocket = 1, SoSndTimeO = 21;
        var socket = Create(type, nonBlocking: false);
        if (sendLimit > 0)
        {
            // struct timeval; unix(7) sockets take it for connect(2) as well.
            var limit = stackalloc long[2] { sendLimit, 0 };
            if (Libc.setsockopt(socket.Value, SolSocket, SoSndTimeO, limit, 16) != 0) throw new SyscallException("setsockopt SO_SNDTIMEO", Marshal.GetLastPInvokeError());
        }

        using var name = new SocketName(path);
        do
        {
            errno = Libc.connect(socket.Value, name.Address, name.Length) == 0 ? 0 : Marshal.GetLastPInvokeError();
        } while (errno == Errno.EINTR);
        if (errno == 0) return socket;
        socket.Dispose();
        return null;
    }

    private static FdHandle Create(int type, bool nonBlocking)
    {
        var fd = Libc.socket(AfUnix, type | SockCloExec | (nonBlocking ? SockNonBlock : 0), 0);
        return fd >= 0 ? new FdHandle(fd) : throw new SyscallException("socket", Marshal.GetLastPInvokeError());
    }

    /// <summary>A sockaddr_un; holds the directory open while a long path is reached through it.</summary>
    private readonly ref struct SocketName : IDisposable
    {
        private readonly FdHandle? _directory;
        private readonly byte* _address;

        internal SocketName(string path)
        {
            var bytes = Encoding.UTF8.GetBytes(path);
            if (bytes.Length >= SunPathLength)
            {
                _directory = Sys.Open(Path.GetDirectoryName(path) ?? "/", Sys.OPath | Sys.ODirectory);
                bytes = Encoding.UTF8.GetBytes($"/proc/self/fd/{_directory.Value}/{Path.GetFileName(path)}");
                if (bytes.Length >= SunPathLength) throw new SyscallException($"socket {path}", Errno.ENAMETOOLONG);
            }

            _address = (byte*)NativeMemory.AllocZeroed(2 + SunPathLength);
            *(ushort*)_address = AfUnix;
            bytes.CopyTo(new Span<byte>(_address + 2, SunPathLength));
            Length = (uint)(2 + bytes.Length + 1);
        }

        internal void* Address => _address;
        internal uint Length { get; }

        public void Dispose()
        {
            NativeMemory.Free(_address);
            _directory?.Dispose();
        }
    }
}
