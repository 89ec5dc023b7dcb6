using Akka.Actor;
using Anocir.Platform;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;

namespace Anocir.Actors.Containers;

/// <summary>Changes of limits, one after another: each starts from what the one before has left.</summary>
public sealed partial class ContainerActor
{
    private readonly Queue<(UpdateOptions Options, IActorRef Caller)> _updates = new();
    private bool _updating;

    private void Update(UpdateContainer command)
    {
        _owed.Add(Sender);
        _updates.Enqueue((command.Options, Sender));
        ContinueUpdates();
    }

    private void ContinueUpdates()
    {
        while (!_updating && _updates.TryDequeue(out var next))
        {
            try
            {
                if (_state.RefuseUpdate() is { } refusal) throw new ContainerException(refusal);
                var change = ResourceChange.Of(_state.Resources, Asked(next.Options));
                if (change.IsEmpty) Reply(next.Caller, Answer.Done);
                else BeginUpdate(change, next.Caller);
            }
            catch (ContainerException e)
            {
                Reply(next.Caller, new Answer(e.Message));
            }
        }
    }

    private static Resources Asked(UpdateOptions options)
    {
        var asked = options.Document is { } document
            ? SpecReader.ParseUpdate(System.Text.Encoding.UTF8.GetBytes(document))
            : ResourceFlags.Parse(options.Flags);
        // In runc's words and order; no container of ours has a class of resctrl's yet.
        if (options.L3CacheSchema.Length > 0 && !Resctrl.HasL3) throw new ContainerException("Intel RDT/CAT: l3 cache schema is not enabled");
        if (options.MemoryBandwidthSchema.Length > 0 && !Resctrl.HasMemoryBandwidth) throw new ContainerException("Intel RDT/MBA: memory bandwidth schema is not enabled");
        if (options.L3CacheSchema.Length + options.MemoryBandwidthSchema.Length > 0)
            throw new ContainerException("updating a non-existent Intel RDT configuration is not supported");
        return asked;
    }

    private void BeginUpdate(ResourceChange change, IActorRef caller)
    {
        _updating = true;
        var (cgroup, before, described, rootless) = (_services.OpenCgroup(_state), _state.Resources?.Devices, _state.Creation!.DescribedDevices, _services.Rootless);
        Task.Run(() => new Updated(caller, change, cgroup.Update(change, before, described, rootless), null))
            .PipeTo(Self, Self, u => u, e => new Updated(caller, change, [], e.Message));
    }

    private void OnUpdated(Updated updated)
    {
        // Of an instance of this actor that is no more.
        if (!_updating) return;
        _updating = false;
        if (updated.Failure is not null || !_state.HasProcess)
        {
            Reply(updated.Caller, new Answer(updated.Failure) { Warnings = updated.Warnings });
            ContinueUpdates();
            return;
        }

        Record(new ContainerUpdated { At = Now, Change = updated.Change.Asked, Resources = updated.Change.Merged }, () =>
        {
            Reply(updated.Caller, Answer.Done with { Warnings = updated.Warnings });
            ContinueUpdates();
        });
    }

    private sealed record Updated(IActorRef Caller, ResourceChange Change, IReadOnlyList<string> Warnings, string? Failure);
}
