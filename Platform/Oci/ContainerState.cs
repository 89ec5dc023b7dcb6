using System.Text.Json.Serialization;

namespace Anocir.Platform.Oci;

/// <summary>State of a container (runtime.md, State), as hooks read it on stdin.</summary>
public sealed record ContainerState
{
    public required string OciVersion { get; init; }
    public required string Id { get; init; }
    /// <summary>creating, created, running, paused or stopped.</summary>
    public required string Status { get; init; }
    /// <summary>Present from creating on until stopped.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Pid { get; init; }
    public required string Bundle { get; init; }
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
