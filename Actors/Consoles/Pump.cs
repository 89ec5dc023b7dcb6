using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;

namespace Anocir.Actors.Consoles;

/// <summary>Copies from one end to another as far as it goes without waiting; what the target does not take yet is kept, and nothing more is read.</summary>
/// <param name="source">Read until it ends.</param>
/// <param name="target">Where to.</param>
/// <param name="outlivesTarget">When the target takes no more, the source is read on and dropped, so that its writer never waits.</param>
internal sealed class Pump(RelayEnd source, RelayEnd target, bool outlivesTarget)
{
    private const int Chunk = 16 * 1024;
    /// <summary>Chunks at a time: other actors have their turn.</summary>
    private const int Burst = 4;
    private readonly byte[] _buffer = new byte[Chunk];
    private int _start;
    private int _end;
    private bool _targetGone;

    internal RelayEnd Source => source;

    internal RelayEnd Target => target;

    internal PumpState Advance()
    {
        for (var i = 0; i < Burst; i++)
        {
            if (_start == _end && !Fill(out var state)) return state;
            if (!Empty(out state)) return state;
        }

        return PumpState.Ready;
    }

    private bool Fill(out PumpState state)
    {
        var count = source.Read(_buffer);
        (_start, _end) = (0, Math.Max(count, 0));
        // EIO is how a terminal says that its other side is closed.
        state = count == -Errno.EAGAIN ? PumpState.AwaitsSource : PumpState.Ended;
        return count > 0;
    }

    private bool Empty(out PumpState state)
    {
        state = PumpState.Ready;
        while (_start < _end && !_targetGone)
        {
            var count = target.Write(_buffer.AsSpan(_start.._end));
            if (count == -Errno.EAGAIN)
            {
                state = PumpState.AwaitsTarget;
                return false;
            }

            if (count >= 0) _start += count;
            else if (outlivesTarget) _targetGone = true;
            else
            {
                state = PumpState.Ended;
                return false;
            }
        }

        _start = _end;
        return true;
    }
}
