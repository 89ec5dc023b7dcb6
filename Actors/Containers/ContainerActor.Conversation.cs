using Akka.Actor;
using Akka.Event;
using Anocir.Actors.Consoles;
using Anocir.Actors.Hooks;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Containers;

/// <summary>What init says while it is made and started, in its order, up to its silence.</summary>
public sealed partial class ContainerActor
{
    /// <summary>Init's frames become messages; one is read at a time, in order.</summary>
    private void Listen(Channel channel)
    {
        var self = Self;
        _channelWatch?.Dispose();
        _channelWatch = _services.Reactor.Watch(channel.Socket, ReactorEvents.Readable, _ =>
        {
            if (Hear(channel) is { } heard) self.Tell(heard);
        });
    }

    /// <summary>Null when nothing was said. Runs on the reactor's thread too, which must not end by what init says.</summary>
    private static object? Hear(Channel channel)
    {
        try
        {
            var frame = channel.TryReceive(out var ended);
            return frame is not null ? new InitSaid(channel, frame) : ended ? new InitSilent(channel, null) : null;
        }
        catch (Exception e) when (e is InvalidDataException or SyscallException)
        {
            return new InitSilent(channel, e.Message);
        }
    }

    /// <summary>The channel that init still speaks on.</summary>
    private Channel? InitsChannel => _launch?.Channel ?? (_start is { Executed: false } start ? start.Channel : null);

    /// <summary>Init has ended: puts what it said before, and its silence, in front of everything later. False when that was done already.</summary>
    private bool HearOut()
    {
        if (InitsChannel is not { } channel || channel == _heardOut) return false;
        _heardOut = channel;
        // From here on the watch tells nothing more.
        _channelWatch?.Dispose();
        object? heard;
        do
        {
            heard = Hear(channel) ?? new InitSilent(channel, null);
            Self.Tell(heard);
        } while (heard is InitSaid);
        return true;
    }

    private IDisposable? _channelWatch;
    private Channel? _heardOut;

    private void OnInitFrame(Channel channel, Frame frame)
    {
        using (frame)
        {
            if (channel != InitsChannel) return;
            switch (frame.Kind)
            {
                case FrameKind.RootfsReady when _launch is not null:
                    Timers.Cancel(CreationTimedOut.Instance);
                    RunHooks([(HookKind.Prestart, Hooks?.Prestart), (HookKind.CreateRuntime, Hooks?.CreateRuntime)], "creating", () =>
                    {
                        LimitCreation();
                        channel.Send(FrameKind.Continue);
                    }, GiveUp);
                    break;
                case FrameKind.HookReport:
                    var report = HookReport.Read(frame.Reader());
                    Record(new HookRan
                    {
                        At = Now,
                        Kind = report.Kind,
                        Index = report.Index,
                        Path = report.Path,
                        Milliseconds = report.Microseconds / 1000.0,
                        Failure = report.Failure,
                        Output = report.Output,
                    });
                    break;
                case FrameKind.Console when _launch is { } launch:
                    OpenConsole(launch, frame.Claim(0));
                    break;
                case FrameKind.Ready when _launch is { } launch:
                    if (RefuseMappings(launch) is { } refusal) GiveUp(refusal);
                    else OnReady();
                    break;
                case FrameKind.Executing when _start is not null:
                    _start.Executing = true;
                    break;
                case FrameKind.SeccompListener when _start is not null:
                    SendListener(channel, frame.Reader().Int());
                    break;
                case FrameKind.Warning:
                    Warn(frame.Reader().String());
                    break;
                case FrameKind.Failed:
                    OnInitFailed(frame.Reader().String());
                    return;
            }

            if (channel == InitsChannel && channel != _heardOut) Listen(channel);
        }
    }

    /// <summary>Init has joined its namespaces by now; before, they were not to be seen.</summary>
    private string? RefuseMappings(Launch launch)
    {
        try
        {
            launch.Blueprint.CheckJoinedMappings(_state.Pid);
            return null;
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            return e.Message;
        }
    }

    private void OnInitFailed(string reason)
    {
        // In runc's words, which Podman and scripts look for.
        if (_launch is not null && _state.Status == ContainerStatus.Creating) GiveUp("unable to start container process: error during container init: " + reason);
        else OnStartFailed(reason);
    }

    private void OnInitSilent(InitSilent silent)
    {
        if (silent.Channel != InitsChannel) return;
        if (_launch is null) OnStartChannelEnded();
        else GiveUp(silent.Reason ?? "init ended before the container was ready" + OutOfMemoryHint());
    }

    private string OutOfMemoryHint() => _services.OpenCgroup(_state).OomKills() > 0 ? ": container init was OOM-killed (memory limit too low?)" : "";

    private void OpenConsole(Launch launch, FdHandle master)
    {
        if (launch.Command is not { TerminalIn: { } terminalIn, TerminalOut: { } terminalOut })
        {
            master.Dispose();
            return;
        }

        launch.Caller.Tell(new ConsoleOpened(Sys.Duplicate(master)));
        Dismiss(_console);
        _console = Child(ConsoleRelay.Props(master, Sys.Duplicate(terminalIn), Sys.Duplicate(terminalOut), _services.Reactor, held: true), "console");
    }

    private sealed record InitSaid(Channel Channel, Frame Frame);

    /// <summary>Init's end of the channel is closed, or (Reason) it said what cannot be read.</summary>
    private sealed record InitSilent(Channel Channel, string? Reason);
}
