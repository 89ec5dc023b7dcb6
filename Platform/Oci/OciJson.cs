using System.Text.Json.Serialization;

namespace Anocir.Platform.Oci;

/// <summary>The JSON boundary with bundles and engines: camelCase, unknown properties ignored, absent properties not written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(Spec))]
[JsonSerializable(typeof(Process))]
[JsonSerializable(typeof(Resources))]
[JsonSerializable(typeof(ContainerState))]
[JsonSerializable(typeof(ContainerProcessState))]
[JsonSerializable(typeof(StateDocument))]
[JsonSerializable(typeof(IReadOnlyList<StateDocument>))]
[JsonSerializable(typeof(Features))]
public sealed partial class OciJson : JsonSerializerContext;
