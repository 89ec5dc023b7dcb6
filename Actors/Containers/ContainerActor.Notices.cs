using Akka.Actor;
using Akka.Event;
using Anocir.Actors.Seccomp;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>What init tells on its way that is neither progress nor failure: warnings, and the listener of a seccomp filter.</summary>
public sealed partial class ContainerActor
{
    /// <summary>For the next answer.</summary>
    private readonly List<string> _warnings = [];

    private void Warn(string text)
    {
        // What the configuration says of itself, the host may say again, without the field.
        if (_warnings.Exists(w => w.EndsWith(text, StringComparison.Ordinal) || text.EndsWith(w, StringComparison.Ordinal))) return;
        _log.Warning("Container {ContainerId}: {Warning}", _key.Id, text);
        if (_warnings.Count < 100) _warnings.Add(text);
    }

    private string[] TakeWarnings()
    {
        if (_warnings.Count == 0) return [];
        string[] taken = [.. _warnings];
        _warnings.Clear();
        return taken;
    }

    /// <summary>Init waits under its filter until the agent has the listener: the program must not make a call that nobody answers.</summary>
    private void SendListener(Channel channel, int number)
    {
        try
        {
            var listener = Sys.TakeDescriptor(_pidfd!, number);
            var agent = _template?.Agent ?? throw new ContainerException("the container's configuration has no listener");
            var (state, pid) = (Snapshot().ToState(_state.StatusName, _state.Pid), _state.Pid);
            Task.Run(() => agent.Send(listener, pid, state))
                .PipeTo(Self, Self, () => new ListenerSent(channel, null), e => new ListenerSent(channel, e.Message));
        }
        catch (Exception e) when (e is SyscallException or ContainerException)
        {
            OnStartFailed(e.Message);
        }
    }

    private void OnListenerSent(ListenerSent sent)
    {
        if (_start is not { Executed: false } start || start.Channel != sent.Channel) return;
        if (sent.Failure is null) sent.Channel.Send(FrameKind.Continue);
        else OnStartFailed(sent.Failure);
    }

    private sealed record ListenerSent(Channel Channel, string? Failure);
}
