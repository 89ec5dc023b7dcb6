namespace Anocir.Actors.Containers;

/// <summary>The OCI lifecycle (runtime.md), with runc's paused.</summary>
public enum ContainerStatus
{
    /// <summary>Nothing has happened yet.</summary>
    None,
    Creating,
    Created,
    Running,
    Paused,
    Stopped,
    /// <summary>Creation failed, or the container was deleted: only its history is left.</summary>
    Gone,
}
