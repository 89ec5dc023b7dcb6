using Akka.Actor;
using Akka.Event;
using Anocir.Actors.Containers;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Supervisor.Endpoint;

/// <summary>
/// One connection of a command line: reads its request, hands it to the container or the directory, sends back what they answer.
/// A foreground caller stays connected, and sends signals and window sizes. Frames are read on the reactor's thread, one at a time.
/// </summary>
internal sealed class SessionActor : UntypedActor, IWithTimers
{
    private const int MaxConfig = 16 * 1024 * 1024;
    private readonly Channel _channel;
    private readonly int _pid;
    private readonly uint _uid;
    private readonly SessionServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IDisposable? _watch;
    private ContainerKey? _key;
    /// <summary>Who sent the last event, and waits to hear that it is out.</summary>
    private IActorRef? _feed;

    public SessionActor(Channel channel, int pid, uint uid, SessionServices services)
    {
        _channel = channel;
        _pid = pid;
        _uid = uid;
        _services = services;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(Channel channel, int pid, uint uid, SessionServices services) =>
        Akka.Actor.Props.Create<SessionActor>(channel, pid, uid, services);

    protected override void PreStart()
    {
        // A caller sends its request as soon as it is connected: mostly it is here, and epoll need not be asked.
        if (Take(Self)) return;
        Watch();
        if (_services.Settings.RequestTimeout is var limit && limit > TimeSpan.Zero) Timers.StartSingleTimer(Silence.Instance, Silence.Instance, limit);
    }

    protected override void PostStop()
    {
        _watch?.Dispose();
        _channel.Dispose();
        // However the session ends: what it has begun must not wait for its caller.
        if (_key is { } key) _services.Containers.Tell(new ForContainer(key, new CallerGone()));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Said m: Read(m.Frame); break;
            case Ended: Context.Stop(Self); break;
            case Silence:
                if (_key is not null) break;
                _log.Info("A caller (process {Pid}) has sent no request in time", _pid);
                Context.Stop(Self);
                break;
            case LaunchOrder m: SendLaunch(m); break;
            case ConsoleOpened m:
                using (m.Master) _channel.Send(FrameKind.Console, ReadOnlySpan<byte>.Empty, m.Master);
                break;
            case CheckpointOrder m: SendPlan(FrameKind.Checkpoint, m.Plan.Write(new WireWriter())); break;
            case RestoreOrder m: SendPlan(FrameKind.Restore, m.Plan.Write(new WireWriter())); break;
            case GoOn: _channel.Send(FrameKind.Continue); break;
            case Answer m: Reply(m); break;
            case EventLine m:
                _feed = Sender;
                // A follower that says it took what it did not read would otherwise keep this thread waiting.
                if (!_channel.TrySend(FrameKind.Event, new WireWriter().String(m.Json))) Context.Stop(Self);
                break;
            case Broken m:
                _log.Warning("A caller (process {Pid}) sent what is no request: {Reason}", _pid, m.Reason);
                Context.Stop(Self);
                break;
            default: Unhandled(message); break;
        }
    }

    private void Read(Frame frame)
    {
        using (frame)
        {
            try
            {
                switch (frame.Kind)
                {
                    case FrameKind.Request: OnRequest(frame); break;
                    case FrameKind.Launched:
                        ToContainer(new InitLaunched(frame.Reader().Int(), frame.Claim(0)) { UserNamespaces = [.. Enumerable.Range(1, frame.DescriptorCount - 1).Select(frame.Claim)] });
                        break;
                    case FrameKind.LaunchFailed: ToContainer(new LaunchFailed(frame.Reader().String())); break;
                    case FrameKind.Signal: ToContainer(new ForwardSignal(frame.Reader().Int())); break;
                    case FrameKind.Resize:
                        var size = frame.Reader();
                        ToContainer(new ResizeConsole(size.Int(), size.Int()));
                        break;
                    case FrameKind.Taken: _feed?.Tell(new LineTaken()); break;
                    case FrameKind.CriuStarted: ToContainer(new CriuStarted(frame.Reader().Int())); break;
                    case FrameKind.CriuDone: ToContainer(new CriuFinished()); break;
                    case FrameKind.Console: ToContainer(new ConsoleRestored(frame.Claim(0))); break;
                    case FrameKind.Drain: ToContainer(new DrainConsole()); break;
                    default: throw new InvalidDataException($"unexpected frame {frame.Kind}");
                }
            }
            catch (InvalidDataException e)
            {
                Self.Tell(new Broken(e.Message));
                return;
            }
        }

        Watch();
    }

    private void OnRequest(Frame frame)
    {
        if (_key is not null) throw new InvalidDataException("a second request on one connection");
        var reader = frame.Reader();
        // The build stands first, and has the same form in every build: what follows may not.
        if (frame.Reader().String() is var build && build != _services.Build)
        {
            if (!Build.IsIdentity(build)) throw new InvalidDataException("it names no build");
            // Another build has come: its own supervisor takes the journal over, and every container with it.
            _log.Info("Build {Build} asks; this supervisor makes way for its own", build);
            _channel.Send(FrameKind.WrongSupervisor, new WireWriter().String(""));
            _services.Retire();
            return;
        }

        if (_services.Namespaces.NameOfOther(_pid) is { } name)
        {
            _channel.Send(FrameKind.WrongSupervisor, new WireWriter().String(name));
            return;
        }

        var request = Request.Read(reader);
        _key = new ContainerKey(request.Root, request.Id);
        Timers.Cancel(Silence.Instance);
        if (!request.Root.StartsWith('/') || request.Root.Contains('\0')) throw new InvalidDataException("root is not an absolute path");
        switch (request.Verb)
        {
            case Verb.Create or Verb.Restore: OnCreate(request, frame); break;
            case Verb.Checkpoint: OnCheckpoint(request); break;
            case Verb.Exec: OnExec(request, frame); break;
            case Verb.Start: ToContainer(new StartContainer(request.Operation)); break;
            case Verb.State: ToContainer(new QueryState()); break;
            case Verb.Kill: ToContainer(new KillContainer(request.Operation, request.Text, request.Flag)); break;
            case Verb.Delete: ToContainer(new DeleteContainer(request.Operation, request.Flag)); break;
            case Verb.Pause: ToContainer(new PauseContainer()); break;
            case Verb.Resume: ToContainer(new ResumeContainer()); break;
            case Verb.Update: ToContainer(new UpdateContainer(request.Update ?? throw new InvalidDataException("update without its options"))); break;
            case Verb.Events: ToContainer(new FollowEvents(request.Events ?? throw new InvalidDataException("events without its options"))); break;
            case Verb.Ps: ToContainer(new ListProcesses(request.Text, request.Arguments)); break;
            case Verb.Attach: ToContainer(new AttachConsole(frame.Claim(0), frame.Claim(1), frame.Claim(2))); break;
            case Verb.List: _services.Containers.Tell(new ListContainers(request.Root, request.Text, request.Flag)); break;
            case Verb.History: _services.Containers.Tell(new ReadHistory(_key.Value)); break;
            case Verb.Features: Reply(new Answer(null, _services.Documents.Features.Value)); break;
            case Verb.Spec: Reply(new Answer(null, request.Flag ? _services.Documents.RootlessSpec.Value : _services.Documents.Spec.Value)); break;
            default: throw new InvalidDataException($"unknown verb {request.Verb}");
        }
    }

    private void OnCreate(Request request, Frame frame)
    {
        var options = request.Create ?? throw new InvalidDataException("create without its options");
        if (!options.Bundle.StartsWith('/')) throw new InvalidDataException("bundle is not an absolute path");
        if (ReadDocument(frame, "config.json", $"{options.Bundle}/config.json") is not { } config) return;
        var next = 1;
        var console = options.ConsoleSocket ? frame.Claim(next++) : null;
        ToContainer(new CreateContainer(
            request.Operation, options, config, _uid, _pid, console,
            options.Foreground ? frame.Claim(next++) : null, options.Foreground ? frame.Claim(next) : null)
        {
            RestoredFrom = request.Verb == Verb.Restore ? request.Text : null,
        });
    }

    private void OnCheckpoint(Request request)
    {
        if (!request.Text.StartsWith('/')) throw new InvalidDataException("the directory of images is not an absolute path");
        ToContainer(new CheckpointContainer(request.Operation, request.Text, LeaveRunning: request.Flag, PreDump: request.Arguments.Contains("pre-dump")));
    }

    private void OnExec(Request request, Frame frame)
    {
        var options = request.Exec ?? throw new InvalidDataException("exec without its options");
        byte[]? document = null;
        if (options.ProcessDocument && (document = ReadDocument(frame, "process", "the file of --process")) is null) return;
        var next = options.ProcessDocument ? 1 : 0;
        var console = options.ConsoleSocket ? frame.Claim(next++) : null;
        ToContainer(new ExecProcess(
            options, document, console, options.Foreground ? frame.Claim(next++) : null, options.Foreground ? frame.Claim(next) : null));
    }

    /// <summary>The JSON that is descriptor 0. Null when the caller has been told that it cannot be read.</summary>
    private byte[]? ReadDocument(Frame frame, string name, string path)
    {
        try
        {
            using var file = frame.Claim(0);
            if (!Sys.IsRegularFile(file)) throw new ContainerException($"{path} is not a regular file");
            return Sys.ReadAll(file, MaxConfig, name);
        }
        catch (Exception e) when (e is ContainerException or SyscallException or InvalidDataException)
        {
            Reply(new Answer(e.Message));
            return null;
        }
    }

    private void SendLaunch(LaunchOrder order)
    {
        using (order) _channel.Send(FrameKind.Launch, order.Ticket.Write(new WireWriter()), [.. order.Descriptors]);
    }

    private void SendPlan(FrameKind kind, WireWriter plan) => _channel.Send(kind, plan);

    private void Reply(Answer answer) => _channel.Send(FrameKind.Answer, answer.Write(new WireWriter()));

    private void ToContainer(ContainerCommand command)
    {
        if (_key is not { } key) throw new InvalidDataException($"{command.GetType().Name} before a request");
        _services.Containers.Tell(new ForContainer(key, command));
    }

    private void Watch()
    {
        var self = Self;
        _watch = _services.Reactor.Watch(_channel.Socket, ReactorEvents.Readable, _ => Take(self));
    }

    /// <summary>Hands on what has come. False when nothing has.</summary>
    private bool Take(IActorRef self)
    {
        try
        {
            var frame = _channel.TryReceive(out var ended);
            if (frame is not null) self.Tell(new Said(frame));
            else if (ended) self.Tell(new Ended());
            return frame is not null || ended;
        }
        catch (Exception e) when (e is InvalidDataException or SyscallException)
        {
            self.Tell(new Broken(e.Message));
            return true;
        }
    }

    private sealed record Said(Frame Frame);

    private sealed record Ended;

    private sealed record Silence
    {
        public static Silence Instance { get; } = new();
    }

    private sealed record Broken(string Reason);
}
