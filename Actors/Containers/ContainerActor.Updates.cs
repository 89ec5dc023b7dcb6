using Akka.Actor;
using Anocir.Platform;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Resctrl;

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
                var (asked, schemata) = (Asked(next.Options), Schemata(next.Options));
                var change = ResourceChange.Of(_state.Resources, asked);
                if (change.IsEmpty && schemata.Count == 0) Reply(next.Caller, Answer.Done);
                else BeginUpdate(change, schemata, next.Caller);
            }
            catch (ContainerException e)
            {
                Reply(next.Caller, new Answer(e.Message));
            }
        }
    }

    private static Resources Asked(UpdateOptions options) => options.Document is { } document
        ? SpecReader.ParseUpdate(System.Text.Encoding.UTF8.GetBytes(document))
        : ResourceFlags.Parse(options.Flags);

    /// <summary>Lines for the container's class of resctrl; refused in runc's words.</summary>
    private IReadOnlyList<string> Schemata(UpdateOptions options)
    {
        var (l3, memory) = (options.L3CacheSchema, options.MemoryBandwidthSchema);
        if (l3.Length + memory.Length == 0) return [];
        if (l3.Length > 0 && !ResctrlFileSystem.Allocates("L3")) throw new ContainerException("Intel RDT/CAT: l3 cache schema is not enabled");
        if (memory.Length > 0 && !ResctrlFileSystem.Allocates("MB")) throw new ContainerException("Intel RDT/MBA: memory bandwidth schema is not enabled");
        if (_template?.Linux?.IntelRdt is null) throw new ContainerException("updating a non-existent Intel RDT configuration is not supported");
        if (l3.Contains('\n') || memory.Contains('\n')) throw new ContainerException("a schema must be one line");
        return [.. new[] { l3, memory }.Where(line => line.Length > 0)];
    }

    private void BeginUpdate(ResourceChange change, IReadOnlyList<string> schemata, IActorRef caller)
    {
        var group = schemata.Count == 0 ? null : _template!.Resctrl(_key.Id);
        var (cgroup, before, described, rootless) = (_services.OpenCgroup(_state), _state.Resources?.Devices, _state.Creation!.DescribedDevices, _services.Rootless);
        _updating = true;
        Task.Run(() =>
        {
            var putBack = group?.Change(schemata);
            try
            {
                return new Updated(caller, change, schemata, cgroup.Update(change, before, described, rootless), null);
            }
            catch
            {
                putBack?.Invoke();
                throw;
            }
        }).PipeTo(Self, Self, u => u, e => new Updated(caller, change, schemata, [], e.Message));
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

        Record(new ContainerUpdated { At = Now, Change = updated.Change.Asked, Resources = updated.Change.Merged, Schemata = updated.Schemata.Count == 0 ? null : updated.Schemata }, () =>
        {
            Reply(updated.Caller, Answer.Done with { Warnings = updated.Warnings });
            ContinueUpdates();
        });
    }

    private sealed record Updated(IActorRef Caller, ResourceChange Change, IReadOnlyList<string> Schemata, IReadOnlyList<string> Warnings, string? Failure);
}
