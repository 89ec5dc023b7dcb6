using System.Text;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>The first bytes that come out of a pipe. The rest is read too, so that the writer never waits, and counted.</summary>
internal sealed class Capture(FdHandle pipe, int limit) : IDisposable
{
    // One call of Drain reads no more than this: the reactor's thread serves others.
    private const int ReadsPerDrain = 16;
    private readonly MemoryStream _kept = new();
    private long _dropped;

    internal FdHandle Pipe => pipe;

    internal IDisposable? Watch { get; set; }

    /// <summary>Reads what is there. False at the end of the stream.</summary>
    internal bool Drain()
    {
        Span<byte> buffer = stackalloc byte[4096];
        for (var i = 0; i < ReadsPerDrain; i++)
        {
            var n = Sys.TryRead(pipe, buffer);
            if (n == -Errno.EAGAIN) return true;
            if (n <= 0) return false;
            var kept = (int)Math.Min(n, limit - _kept.Length);
            _kept.Write(buffer[..kept]);
            _dropped += n - kept;
        }

        return true;
    }

    internal string Text()
    {
        var text = Encoding.UTF8.GetString(_kept.GetBuffer(), 0, (int)_kept.Length);
        return _dropped == 0 ? text : string.Create(null, $"{text}[... {_dropped} more bytes]");
    }

    public void Dispose()
    {
        Watch?.Dispose();
        Watch = null;
        pipe.Dispose();
    }
}
