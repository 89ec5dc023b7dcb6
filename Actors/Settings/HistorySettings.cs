namespace Anocir.Actors.Settings;

/// <summary>How much is remembered of containers that were deleted.</summary>
public sealed record HistorySettings
{
    /// <summary>Deleted containers whose events are kept; the oldest go first.</summary>
    public required int MaxContainers { get; init; }
    /// <summary>Counted from the deletion; zero is for ever.</summary>
    public required TimeSpan MaxAge { get; init; }
}
