namespace Anocir.Platform.Cgroups;

/// <summary>What an <see cref="OomNotice"/> had to say.</summary>
public enum OomReading
{
    /// <summary>Nothing of interest.</summary>
    Nothing,

    /// <summary>The cgroup ran out of memory, and on version 2 a process was killed for it.</summary>
    OutOfMemory,

    /// <summary>The cgroup was removed: no more notices will come.</summary>
    Gone,
}
