using System.Text.Json;

namespace Anocir.Platform.Oci;

/// <summary>What <c>features</c> prints (features.md). Null means unknown, empty means none.</summary>
public sealed record Features
{
    public required string OciVersionMin { get; init; }
    public required string OciVersionMax { get; init; }
    public IReadOnlyList<string>? Hooks { get; init; }
    public IReadOnlyList<string>? MountOptions { get; init; }
    public LinuxFeatures? Linux { get; init; }
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
    public IReadOnlyList<string>? PotentiallyUnsafeConfigAnnotations { get; init; }

    /// <summary>As <c>features</c> prints it: four spaces for each level and a newline at the end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, OciJsonFormat.FourSpaces.Features) + "\n";
}
