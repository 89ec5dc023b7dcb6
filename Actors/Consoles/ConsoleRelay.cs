using Akka.Actor;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Consoles;

/// <summary>
/// Copies between the master of a container's terminal and its caller's own terminal, and passes window sizes on. It ends when the
/// last process that holds the container's side has closed it; a caller who waits for the last output is answered then.
/// </summary>
public sealed class ConsoleRelay : UntypedActor
{
    private const int Chunk = 16 * 1024;
    private readonly FdHandle _master;
    private readonly FdHandle _input;
    private readonly FdHandle _output;
    private readonly IReactor _reactor;
    private readonly List<IActorRef> _waiting = [];
    private IDisposable? _masterWatch;
    private IDisposable? _inputWatch;
    private bool _ended;

    public ConsoleRelay(FdHandle master, FdHandle input, FdHandle output, IReactor reactor)
    {
        _master = master;
        _input = input;
        _output = output;
        _reactor = reactor;
    }

    public static Props Props(FdHandle master, FdHandle input, FdHandle output, IReactor reactor) =>
        Akka.Actor.Props.Create<ConsoleRelay>(master, input, output, reactor);

    protected override void PreStart()
    {
        WatchMaster();
        WatchInput();
    }

    protected override void PostStop()
    {
        _masterWatch?.Dispose();
        _inputWatch?.Dispose();
        _master.Dispose();
        _input.Dispose();
        _output.Dispose();
        foreach (var waiting in _waiting) waiting.Tell(Answer.Done);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MasterReady:
                if (Copy(_master, _output)) WatchMaster();
                else End();
                break;
            case InputReady:
                // The caller's input may end before the container does: its output goes on.
                if (!_ended && Copy(_input, _master)) WatchInput();
                break;
            case Resize m:
                if (!_ended) new WindowSize((ushort)m.Rows, (ushort)m.Columns).Apply(_master);
                break;
            case Drain when _ended:
                Sender.Tell(Answer.Done);
                break;
            case Drain:
                _waiting.Add(Sender);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void End()
    {
        _ended = true;
        Context.Parent.Tell(new Drained());
        foreach (var waiting in _waiting) waiting.Tell(Answer.Done);
        _waiting.Clear();
    }

    /// <summary>One chunk. False when the source has ended (EIO is how a terminal says it), or the target takes no more.</summary>
    private static bool Copy(FdHandle from, FdHandle to)
    {
        Span<byte> buffer = stackalloc byte[Chunk];
        var count = Sys.TryRead(from, buffer);
        if (count == -Errno.EAGAIN) return true;
        if (count <= 0) return false;
        try
        {
            Sys.WriteAll(to, buffer[..count], "terminal");
            return true;
        }
        catch (SyscallException)
        {
            return false;
        }
    }

    private void WatchMaster()
    {
        var self = Self;
        _masterWatch = _reactor.Watch(_master, ReactorEvents.Readable, _ => self.Tell(new MasterReady()));
    }

    private void WatchInput()
    {
        var self = Self;
        try
        {
            _inputWatch = _reactor.Watch(_input, ReactorEvents.Readable, _ => self.Tell(new InputReady()));
        }
        catch (SyscallException e) when (e.Errno == Errno.EPERM)
        {
            // A regular file or /dev/null as stdin is always ready, and epoll refuses it: read it at once.
            self.Tell(new InputReady());
        }
    }

    /// <summary>The caller's terminal has a new size.</summary>
    public sealed record Resize(int Rows, int Columns);

    /// <summary>Answer when the last output is out.</summary>
    public sealed record Drain;

    /// <summary>To the container: the terminal's other side is closed.</summary>
    public sealed record Drained;

    private sealed record MasterReady;

    private sealed record InputReady;
}
