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
/// <remarks>
/// A relay that is held begins with the caller's first word, by which its terminal is raw: a line end that came before would be translated twice.
/// Nothing here waits: a caller that does not read holds its own container up, and nobody else's. A caller that is gone holds nobody up.
/// </remarks>
public sealed class ConsoleRelay : UntypedActor
{
    private readonly FdHandle _master;
    private readonly FdHandle _input;
    private readonly FdHandle _output;
    private readonly IReactor _reactor;
    private readonly List<IActorRef> _waiting = [];
    private readonly List<RelayEnd> _ends = [];
    private Pump? _out;
    private Pump? _in;
    private IDisposable? _outWatch;
    private IDisposable? _inWatch;
    private bool _held;
    private bool _ended;

    public ConsoleRelay(FdHandle master, FdHandle input, FdHandle output, IReactor reactor, bool held)
    {
        _held = held;
        _master = master;
        _input = input;
        _output = output;
        _reactor = reactor;
    }

    /// <param name="held">Begin with the first <see cref="Resize"/> or <see cref="Drain"/>.</param>
    public static Props Props(FdHandle master, FdHandle input, FdHandle output, IReactor reactor, bool held = false) =>
        Akka.Actor.Props.Create<ConsoleRelay>(master, input, output, reactor, held);

    protected override void PreStart()
    {
        // Two numbers for the master: each direction waits for its own readiness.
        _out = new Pump(End(RelayEnd.OfOwn(Sys.Duplicate(_master))), End(RelayEnd.OfShared(_output)), outlivesTarget: true);
        _in = new Pump(End(RelayEnd.OfShared(_input)), End(RelayEnd.OfOwn(Sys.Duplicate(_master))), outlivesTarget: false);
        if (!_held) Begin();
    }

    protected override void PostStop()
    {
        _outWatch?.Dispose();
        _inWatch?.Dispose();
        foreach (var end in _ends) end.Dispose();
        _master.Dispose();
        _input.Dispose();
        _output.Dispose();
        foreach (var waiting in _waiting) waiting.Tell(Answer.Done);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Turn m:
                if (!_ended) Copy(m.Pump);
                break;
            case Resize m:
                Release();
                if (!_ended && m.Rows > 0) new WindowSize((ushort)m.Rows, (ushort)m.Columns).Apply(_master);
                break;
            case Drain when _ended:
                Sender.Tell(Answer.Done);
                break;
            case Drain:
                Release();
                _waiting.Add(Sender);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Begin()
    {
        Copy(_out!);
        Copy(_in!);
    }

    private void Release()
    {
        if (!_held) return;
        _held = false;
        Begin();
    }

    private void Copy(Pump pump)
    {
        switch (pump.Advance())
        {
            case PumpState.Ready: Self.Tell(new Turn(pump)); break;
            case PumpState.AwaitsSource: Watch(pump, pump.Source, ReactorEvents.Readable); break;
            case PumpState.AwaitsTarget: Watch(pump, pump.Target, ReactorEvents.Writable); break;
            // The caller's input may end before the container does: its output goes on.
            case PumpState.Ended when pump == _out: Finish(); break;
        }
    }

    private void Watch(Pump pump, RelayEnd end, ReactorEvents events)
    {
        var (self, turn) = (Self, new Turn(pump));
        var watch = _reactor.Watch(end.Handle, events, _ => self.Tell(turn));
        if (pump == _out) _outWatch = watch;
        else _inWatch = watch;
    }

    private void Finish()
    {
        _ended = true;
        _inWatch?.Dispose();
        Context.Parent.Tell(new Drained());
        foreach (var waiting in _waiting) waiting.Tell(Answer.Done);
        _waiting.Clear();
    }

    private RelayEnd End(RelayEnd end)
    {
        _ends.Add(end);
        return end;
    }

    /// <summary>The caller's terminal has a new size; no rows where it is none.</summary>
    public sealed record Resize(int Rows, int Columns);

    /// <summary>Answer when the last output is out.</summary>
    public sealed record Drain;

    /// <summary>To the container: the terminal's other side is closed.</summary>
    public sealed record Drained;

    private sealed record Turn(Pump Pump);
}
