using System.Globalization;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Terminals;

/// <summary>One side of a copy that never waits, whatever the descriptor is: terminal, pipe, socket, file.</summary>
/// <remarks>
/// O_NONBLOCK belongs to the open file description, which a caller's terminal shares with the caller's shell: it must not be set there.
/// So a terminal or pipe is opened anew through /proc/self/fd, a socket is asked call by call, a regular file never waits, and what
/// cannot be opened anew (another user's terminal, for one) is polled before each call that could wait.
/// </remarks>
public sealed class RelayEnd : IDisposable
{
    private const uint Socket = 0xC000;
    private const short PollIn = 1;
    private const short PollOut = 4;
    /// <summary>What a pipe that polls writable takes without waiting (pipe(7), PIPE_BUF).</summary>
    private const int PipeBuffer = 4096;
    private readonly Way _way;
    private readonly int _limit;

    private RelayEnd(FdHandle handle, Way way, int limit = int.MaxValue)
    {
        Handle = handle;
        _way = way;
        _limit = limit;
    }

    private enum Way
    {
        Plain,
        Socket,
        Polled,
    }

    /// <summary>For the reactor, which refuses with EPERM what is always ready.</summary>
    public FdHandle Handle { get; }

    /// <summary>A descriptor that nobody else reads or writes through; it belongs to the new object.</summary>
    /// <exception cref="SyscallException">It cannot be made non-blocking.</exception>
    public static RelayEnd OfOwn(FdHandle handle)
    {
        Sys.SetNonBlocking(handle);
        return new RelayEnd(handle, Way.Plain);
    }

    /// <summary>A descriptor that others share; it belongs to the new object.</summary>
    /// <exception cref="SyscallException">It is no open file.</exception>
    public static RelayEnd OfShared(FdHandle handle)
    {
        var status = Sys.Stat(handle, "a descriptor to copy");
        switch (status.Type)
        {
            case Socket:
                return new RelayEnd(handle, Way.Socket);
            case FileStatus.Fifo:
                return Reopen(handle) ?? new RelayEnd(handle, Way.Polled, PipeBuffer);
            // Opening the multiplexer anew would make another terminal.
            case FileStatus.Character when !status.IsDevice(FileStatus.Character, 5, 2):
                return Reopen(handle) ?? new RelayEnd(handle, Way.Polled, limit: 1);
            case FileStatus.Character:
                return new RelayEnd(handle, Way.Polled, limit: 1);
            default:
                return new RelayEnd(handle, Way.Plain);
        }
    }

    /// <summary>The number of bytes, 0 at the end, or minus the errno (EAGAIN: nothing is there yet).</summary>
    public int Read(Span<byte> buffer) => _way switch
    {
        Way.Socket => Sys.TryReceive(Handle, buffer),
        Way.Polled when Sys.Poll(Handle, PollIn, 0) == 0 => -Errno.EAGAIN,
        _ => Sys.TryRead(Handle, buffer),
    };

    /// <summary>The number of bytes, which may be less than all, or minus the errno (EAGAIN: no room yet).</summary>
    public int Write(ReadOnlySpan<byte> content) => _way switch
    {
        Way.Socket => Sys.TrySend(Handle, content),
        Way.Polled => WritePolled(content),
        _ => Sys.TryWriteSome(Handle, content),
    };

    public void Dispose() => Handle.Dispose();

    private int WritePolled(ReadOnlySpan<byte> content)
    {
        var written = 0;
        while (written < content.Length)
        {
            var n = Sys.Poll(Handle, PollOut, 0) == 0 ? -Errno.EAGAIN : Sys.TryWriteSome(Handle, content.Slice(written, Math.Min(_limit, content.Length - written)));
            if (n < 0) return written > 0 ? written : n;
            written += n;
        }

        return written;
    }

    private static RelayEnd? Reopen(FdHandle handle)
    {
        const int accessMode = 3;
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.Value}");
        var anew = Sys.TryOpen(null, path, (Sys.StatusFlags(handle) & accessMode) | Sys.ONonBlock | Sys.ONoCtty, 0, out _);
        if (anew is null) return null;
        handle.Dispose();
        return new RelayEnd(anew, Way.Plain);
    }
}
