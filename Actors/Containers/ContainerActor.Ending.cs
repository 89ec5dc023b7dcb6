using Akka.Actor;
using Anocir.Actors.Hooks;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>Deletion: kill what is left, undo the creation, run poststop hooks, be forgotten.</summary>
public sealed partial class ContainerActor
{
    private readonly List<Deletion> _deletions = [];
    /// <summary>The removal in progress: the result of another, of before a restart of this actor, is not its result.</summary>
    private object? _removing;
    private bool _departed;

    private void Delete(DeleteContainer command)
    {
        if (_state.Status is ContainerStatus.None or ContainerStatus.Gone)
        {
            var repeated = _state.DeleteOperation == command.Operation && command.Operation.Length > 0;
            Sender.Tell(command.Force || repeated ? Answer.Done : new Answer("container does not exist"));
            return;
        }

        if (_state.RefuseDelete(_key.Id, command.Force) is { } refusal)
        {
            Sender.Tell(new Answer(refusal));
            return;
        }

        _deletions.Add(new Deletion(command.Operation, Sender, null));
        if (_state.Status == ContainerStatus.Creating) GiveUp("the container was deleted while it was being created");
        else if (_state.HasProcess) EndProcesses();
        else ContinueDelete();
    }

    /// <summary>run: a container that could not be started is not left behind.</summary>
    private void DeleteAfterFailure(Starting start, string reason)
    {
        _deletions.Add(new Deletion(start.Operation, start.Caller, reason));
        if (_state.HasProcess) EndProcesses();
        else ContinueDelete();
    }

    /// <summary>run: as soon as it has ended, without being asked again.</summary>
    private void DeleteAtExit(IActorRef caller)
    {
        _deletions.Add(new Deletion("", caller, null, AtExit: true));
        ContinueDelete();
    }

    /// <summary>A caller in the foreground that is killed leaves its container as it is.</summary>
    private void OnCallerGone()
    {
        _deletions.RemoveAll(d => d.AtExit && d.Caller.Equals(Sender));
        ForgetCheckpoint();
    }

    private bool OnEndMessage(object message)
    {
        switch (message)
        {
            case ContinueDeletion:
                _deletions.Add(new Deletion("", ActorRefs.Nobody, null));
                ContinueDelete();
                return true;
            case Removed m: OnRemoved(m); return true;
            case Orphaned:
                if (_state.Status == ContainerStatus.None) Depart(refused: true);
                return true;
            case Leave: Context.Stop(Self); return true;
            default: return false;
        }
    }

    private void EndProcesses()
    {
        const int SigKill = 9;
        if (_pidfd is not null) Sys.SignalProcess(_pidfd, SigKill);
        // Frozen processes die only when thawed (v1), and without a pid namespace of its own init takes nobody with it.
        if (_state.Status != ContainerStatus.Paused && _state.Creation!.OwnPidNamespace) return;
        var cgroup = _services.OpenCgroup(_state);
        Task.Run(() => cgroup.Kill(SigKill)).PipeTo(Self, Self, () => new CgroupChanged(ActorRefs.Nobody, null, null), e => new CgroupChanged(ActorRefs.Nobody, null, e.Message));
    }

    /// <summary>Init has ended; whoever waits for the deletion gets it.</summary>
    private void ContinueDelete()
    {
        if (_deletions.Count == 0 || _removing is not null || _state.Status != ContainerStatus.Stopped) return;
        _removing = new object();
        if (_state.Deleting) Remove();
        else Record(new ContainerDeleting { At = Now, Operation = _deletions[^1].Operation }, Remove);
    }

    private void Remove()
    {
        var (services, key, state, removal) = (_services, _key, _state, _removing!);
        Task.Run(async () =>
        {
            await Provisioning.Remove(key, state.Creation!, services).ConfigureAwait(false);
            return new Removed(removal, null);
        }).PipeTo(Self, Self, r => r, e => new Removed(removal, e.Message));
    }

    private void OnRemoved(Removed removed)
    {
        if (removed.Removal != _removing) return;
        if (removed.Failure is not null)
        {
            _removing = null;
            foreach (var deletion in _deletions) deletion.Caller.Tell(new Answer(deletion.Reason ?? removed.Failure));
            _deletions.Clear();
            return;
        }

        // A poststop hook that fails is a warning, and the others still run (runtime.md, Delete).
        RunHooks([(HookKind.Poststop, Hooks?.Poststop)], "stopped", Finish, _ => Finish());

        void Finish() => Record(new ContainerDeleted { At = Now, Operation = _deletions.LastOrDefault()?.Operation ?? "" }, () =>
        {
            Depart(refused: false);
        });
    }

    /// <summary>
    /// Only the history is left. The directory hears of it before any caller does, so that whoever has the answer finds the id free;
    /// it says <see cref="Leave"/> behind the last command that it has sent us, so that none is lost.
    /// </summary>
    private void Depart(bool refused)
    {
        _departed = true;
        Context.Parent.Tell(new ContainerGone(_key, PersistenceId, refused, _state.DeleteOperation));
        foreach (var deletion in _deletions) deletion.Caller.Tell(deletion.Reason is null ? Answer.Done : new Answer(deletion.Reason));
        _deletions.Clear();
    }

    /// <summary>Somebody who waits; the reason when the deletion follows a failure that they must hear.</summary>
    private sealed record Deletion(string Operation, IActorRef Caller, string? Reason, bool AtExit = false);

    private sealed record Removed(object Removal, string? Failure);
}
