namespace Anocir.Platform.Cgroups.Statistics;

/// <summary>One line of <c>events</c>: type "stats" with data, or "oom" without.</summary>
public sealed record StatisticsEvent
{
    public required string Type { get; init; }
    public required string Id { get; init; }
    public ContainerStatistics? Data { get; init; }
}
