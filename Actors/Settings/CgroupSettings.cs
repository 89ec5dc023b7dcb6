namespace Anocir.Actors.Settings;

/// <summary>How long the kernel is given to do what was asked of a cgroup; then the operation fails.</summary>
public sealed record CgroupSettings
{
    /// <summary>From SIGKILL until no process is left in it.</summary>
    public required TimeSpan KillTimeout { get; init; }
    /// <summary>For the directory to go: processes that are dead may be held by others for a while.</summary>
    public required TimeSpan RemoveTimeout { get; init; }
    /// <summary>Until every process is frozen, or thawed.</summary>
    public required TimeSpan FreezeTimeout { get; init; }
    /// <summary>For systemd to start or stop a scope, and to answer any other question.</summary>
    public required TimeSpan SystemdTimeout { get; init; }
}
