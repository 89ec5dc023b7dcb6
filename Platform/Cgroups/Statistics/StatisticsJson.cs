using System.Text.Json.Serialization;

namespace Anocir.Platform.Cgroups.Statistics;

/// <summary>The JSON of <c>events</c>: compact, camelCase, absent members not written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatisticsEvent))]
[JsonSerializable(typeof(ContainerStatistics))]
public sealed partial class StatisticsJson : JsonSerializerContext;
