using System.Text;
using Akka.Event;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>state.json in the container's directory: the state as others may read it. Nobody here reads it; the journal is what counts.</summary>
public sealed class StateProjection(ILoggingAdapter log)
{
    internal void Write(ContainerKey key, ContainerSnapshot snapshot, ContainerEvent cause)
    {
        // The directory is made after ContainerCreating, and gone before the last events.
        if (cause is ContainerCreating or InitSpawned or ContainerCreationFailed or ContainerDeleting or ContainerDeleted) return;
        try
        {
            var path = $"{key.Directory}/state.json";
            using (var file = Sys.Open(path + ".new", Sys.OWrOnly | Sys.OCreat | Sys.OTrunc | Sys.ONoFollow, 0x180 /* 0600 */))
                Sys.WriteAll(file, Encoding.UTF8.GetBytes(snapshot.ToFileJson()), path);
            Sys.Rename(path + ".new", path);
        }
        catch (SyscallException e)
        {
            log.Warning("Container {ContainerId}: {Reason}", key.Id, e.Message);
        }
    }
}
