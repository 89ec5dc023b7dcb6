namespace Anocir.Platform.Oci;

/// <summary>What the caller asked for beside config.json, where it decides what the file may say.</summary>
public sealed record ValidationOptions
{
    public static ValidationOptions Default { get; } = new();

    /// <summary><c>--systemd-cgroup</c>: cgroupsPath is then <c>slice:prefix:name</c>.</summary>
    public bool SystemdCgroup { get; init; }

    /// <summary>The caller's effective uid is not 0 in its own user namespace.</summary>
    public bool Rootless { get; init; }

    /// <summary><c>--no-pivot</c>.</summary>
    public bool NoPivot { get; init; }

    /// <summary>Whether <c>process</c> must be there: for run and start; the specification lets create do without.</summary>
    public bool RequireProcess { get; init; }
}
