using Akka.Actor;
using Anocir.Platform.Ipc;

namespace Anocir.Actors.Containers;

/// <summary>A driver of cgroups that has to be asked whether it is there.</summary>
public sealed partial class ContainerActor
{
    /// <summary>systemd is asked what it is, once; then the command comes again. True while it is.</summary>
    private bool AwaitsDriver(CreateContainer command)
    {
        var ready = _services.Driver(command.Options.SystemdCgroup).Ready();
        if (ready.IsCompletedSuccessfully) return false;
        var (self, caller) = (Self, Sender);
        _owed.Add(caller);
        ready.PipeTo(self, caller, () => new DriverKnown(command, caller, null), e => new DriverKnown(command, caller, e.Message));
        return true;
    }

    private void OnDriverKnown(DriverKnown known)
    {
        _owed.Remove(known.Caller);
        if (known.Failure is null)
        {
            Self.Tell(known.Command, known.Caller);
            return;
        }

        known.Command.Dispose();
        if (_state.Status == ContainerStatus.None && _launch is null) Depart(refused: true);
        known.Caller.Tell(new Answer(known.Failure));
    }

    /// <summary>Whether the driver of the cgroup that a command asks for can be had.</summary>
    private sealed record DriverKnown(CreateContainer Command, IActorRef Caller, string? Failure);
}
