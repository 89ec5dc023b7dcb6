using System.Text.Encodings.Web;
using System.Text.Json;

namespace Anocir.Platform.Cgroups.Statistics;

/// <summary>One line of <c>events</c>: type "stats" with data, or "oom" without.</summary>
public sealed record StatisticsEvent
{
    // An id may hold a plus sign, which the default encoder would escape.
    private static readonly StatisticsJson Json = new(new JsonSerializerOptions(StatisticsJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public required string Type { get; init; }
    public required string Id { get; init; }
    public ContainerStatistics? Data { get; init; }

    public static StatisticsEvent Of(string id, ContainerStatistics statistics) => new() { Type = "stats", Id = id, Data = statistics };

    public static StatisticsEvent OutOfMemory(string id) => new() { Type = "oom", Id = id };

    /// <summary>Compact JSON without a newline.</summary>
    public string ToLine() => JsonSerializer.Serialize(this, Json.StatisticsEvent);
}
