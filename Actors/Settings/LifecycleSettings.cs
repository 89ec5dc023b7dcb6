namespace Anocir.Actors.Settings;

/// <summary>Time limits and bounds of the actors of containers.</summary>
public sealed record LifecycleSettings
{
    /// <summary>For a question to a container that involves no program of somebody else.</summary>
    public required TimeSpan AskTimeout { get; init; }
    /// <summary>From the request to a ready init; then creation is undone. Hooks have their own limits. Zero is none.</summary>
    public required TimeSpan CreateTimeout { get; init; }
    /// <summary>For all containers to be replayed at the start of the supervisor.</summary>
    public required TimeSpan RecoveryTimeout { get; init; }
    /// <summary>Requests that wait at one container; more are refused.</summary>
    public required int StashCapacity { get; init; }
}
