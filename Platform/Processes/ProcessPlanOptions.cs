using Anocir.Platform.Security;

namespace Anocir.Platform.Processes;

/// <summary>What bears on a process plan besides config.json.</summary>
public sealed record ProcessPlanOptions
{
    public required string ContainerId { get; init; }

    public required ProcessHost Host { get; init; }

    /// <summary>A process that joins a container, rather than its init.</summary>
    public bool Exec { get; init; }

    /// <summary>False for --no-new-keyring.</summary>
    public bool NewKeyring { get; init; } = true;

    /// <summary>The compiled linux.seccomp.</summary>
    public SeccompProgram? Seccomp { get; init; }

    /// <summary>Whether the runtime's own user is not root (its effective uid, in its own user namespace).</summary>
    public bool Rootless { get; init; }

    /// <summary>Leave the groups as they are.</summary>
    public bool KeepGroups { get; init; }

    /// <summary>How many descriptors, from 3 on, the program gets besides its standard three.</summary>
    public int PreservedFds { get; init; }
}
