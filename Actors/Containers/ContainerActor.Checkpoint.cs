using Akka.Actor;
using Anocir.Platform;
using Anocir.Platform.Criu;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>Saving a container: its caller has CRIU do it, told by us how; we store that it is done, and delete what does not go on.</summary>
public sealed partial class ContainerActor
{
    private Checkpointing? _checkpoint;

    private bool OnCheckpointMessage(object message)
    {
        switch (message)
        {
            case CheckpointContainer m: Checkpoint(m); return true;
            case ConfigReader.ConfigRead m: OnConfigRead(m); return true;
            case CriuFinished: OnSaved(); return true;
            default: return false;
        }
    }

    private void Checkpoint(CheckpointContainer command)
    {
        var refusal = _state.RefuseCheckpoint() ?? (_checkpoint is null ? null : "container is being checkpointed already");
        if (refusal is not null)
        {
            Sender.Tell(new Answer(refusal));
            return;
        }

        _checkpoint = new Checkpointing(command, Sender);
        // What is bound from where stands in the configuration, which the state does not keep.
        _checkpoint.Reader = Child(ConfigReader.Props(PersistenceId), "config");
    }

    private void OnConfigRead(ConfigReader.ConfigRead read)
    {
        if (_checkpoint is not { } checkpoint || !Sender.Equals(checkpoint.Reader)) return;
        Dismiss(checkpoint.Reader);
        checkpoint.Reader = null;
        if (_state.RefuseCheckpoint() is { } refusal)
        {
            EndCheckpoint(new Answer(refusal));
            return;
        }

        try
        {
            checkpoint.Caller.Tell(new CheckpointOrder(PlanCheckpoint(SpecReader.Parse(System.Text.Encoding.UTF8.GetBytes(read.Config)))));
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            EndCheckpoint(new Answer(e.Message));
        }
    }

    private CheckpointPlan PlanCheckpoint(Spec spec) => new()
    {
        Pid = _state.Pid,
        Rootfs = RootfsPlanner.Plan(spec, _state.Creation!.Bundle, _services.RootfsFacts(_state.Creation.CgroupDirectories)),
        FreezerCgroup = _services.OpenCgroup(_state).FreezerDirectory,
        ExternalNamespaces = [.. CriuConfiguration.JoinedNamespaces(spec).Select(static n => n.Type).Where(static t => t is "net" or "pid")],
        ConfigFile = CriuConfiguration.FileOf(spec),
    };

    private void OnSaved()
    {
        if (_checkpoint is not { } checkpoint || !Sender.Equals(checkpoint.Caller)) return;
        var command = checkpoint.Command;
        var saved = new ContainerCheckpointed { At = Now, ImagePath = command.ImagePath, LeaveRunning = command.LeaveRunning, PreDump = command.PreDump };
        Record(saved, () =>
        {
            if (_checkpoint != checkpoint) return;
            if (command.LeaveRunning)
            {
                EndCheckpoint(Answer.Done);
                return;
            }

            // CRIU has ended its processes, or is about to.
            _checkpoint = null;
            _deletions.Add(new Deletion(command.Operation, checkpoint.Caller, null));
            if (_state.HasProcess) EndProcesses();
            else ContinueDelete();
        });
    }

    /// <summary>CRIU lets the container go on when nobody listens to it any more.</summary>
    private void ForgetCheckpoint()
    {
        if (_checkpoint is not { } checkpoint || !Sender.Equals(checkpoint.Caller)) return;
        Dismiss(checkpoint.Reader);
        _checkpoint = null;
    }

    private void EndCheckpoint(Answer answer)
    {
        if (_checkpoint is not { } checkpoint) return;
        _checkpoint = null;
        Dismiss(checkpoint.Reader);
        checkpoint.Caller.Tell(answer);
    }

    /// <summary>A checkpoint in progress.</summary>
    private sealed class Checkpointing(CheckpointContainer command, IActorRef caller)
    {
        public CheckpointContainer Command { get; } = command;
        public IActorRef Caller { get; } = caller;
        public IActorRef? Reader { get; set; }
    }
}
