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
}
