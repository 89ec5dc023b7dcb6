namespace Anocir.Platform.Ipc;

/// <summary>What a caller wants done.</summary>
public enum Verb : byte
{
    Create = 1,
    Start = 2,
    State = 3,
    Kill = 4,
    Delete = 5,
    List = 6,
    Ps = 7,
    Features = 8,
    Spec = 9,
    History = 10,
    Pause = 11,
    Resume = 12,
    /// <summary>Take over the terminal of a foreground container again, after the supervisor was replaced.</summary>
    Attach = 13,
    /// <summary>Run another program in a running container.</summary>
    Exec = 14,
    Update = 20,
    Events = 21,
    /// <summary>Have the container dumped by CRIU: Text is where to, Flag that it goes on, Arguments "pre-dump" that it is only the memory.</summary>
    Checkpoint = 30,
    /// <summary>Make a container of what CRIU has dumped: Text is where from, and the rest as for create.</summary>
    Restore = 31,
}
