using System.Text.Json;
using System.Text.Json.Serialization;

namespace Anocir.Platform.Oci;

/// <summary>What <c>state</c> prints of a container, and <c>list</c> of each. The order of the properties is runc's.</summary>
public sealed record StateDocument
{
    /// <summary>The runtime's version of the specification, not the bundle's.</summary>
    public string OciVersion { get; init; } = Oci.OciVersion.Max;
    public required string Id { get; init; }
    /// <summary>0 once stopped: the number may be somebody else's by now.</summary>
    public int Pid { get => Status == "stopped" ? 0 : field; init; }
    /// <summary>creating, created, running, paused or stopped.</summary>
    public required string Status { get; init; }
    public required string Bundle { get; init; }
    public required string Rootfs { get; init; }
    [JsonConverter(typeof(Rfc3339Nano))]
    public required DateTimeOffset Created { get; init; }
    /// <summary>Not printed when there are none.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get => field is { Count: > 0 } ? field : null; init; }
    /// <summary>The user that made the container; <c>state</c> leaves it empty, <c>list</c> fills it in.</summary>
    public string Owner { get; init; } = "";

    /// <summary>The limits it has: in the file state.json only.</summary>
    public Resources? Resources { get; init; }

    /// <summary>As <c>state</c> prints it: two spaces for each level, no newline at the end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, OciJsonFormat.TwoSpaces.StateDocument);
}
