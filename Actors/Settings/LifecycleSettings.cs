namespace Anocir.Actors.Settings;

/// <summary>Time limits and bounds of the actors of containers.</summary>
public sealed record LifecycleSettings
{
    /// <summary>From the request to a ready init; then creation is undone. Hooks have their own limits. Zero is none.</summary>
    public required TimeSpan CreateTimeout { get; init; }
    /// <summary>Requests that wait while one container is replayed; more are refused.</summary>
    public required int StashCapacity { get; init; }
    /// <summary>After so long without callers and containers a supervisor of other namespaces than the first's ends; zero is never.</summary>
    public required TimeSpan IdleTimeout { get; init; }
}
