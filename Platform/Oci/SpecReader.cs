using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Anocir.Platform.Oci;

/// <summary>Reads the JSON documents that callers hand in. What is wrong with one is said by field, in the words of JSON.</summary>
/// <remarks>Unknown properties are ignored; a name that occurs twice in an object is refused (config.md: it must be unique).</remarks>
public static class SpecReader
{
    /// <summary>The largest document that is read. Arguments, environment and rules that a kernel would take need far less.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Reads a config.json. Whether its values make sense is for <see cref="SpecValidator"/>.</summary>
    /// <exception cref="ContainerException">Not JSON, or a field of the wrong type: <c>config.json: process.args: …</c>.</exception>
    public static Spec Parse(ReadOnlySpan<byte> json) => Parse(json, OciJson.Default.Spec, "config.json");

    /// <summary>Reads the process of <c>exec --process</c>.</summary>
    /// <exception cref="ContainerException">Not JSON, or a field of the wrong type.</exception>
    public static Process ParseProcess(ReadOnlySpan<byte> json, string document = "process") => Parse(json, OciJson.Default.Process, document);

    /// <summary>Reads the resources of <c>update --resources</c>.</summary>
    /// <exception cref="ContainerException">Not JSON, or a field of the wrong type.</exception>
    public static Resources ParseResources(ReadOnlySpan<byte> json, string document = "resources") => Parse(json, OciJson.Default.Resources, document);

    /// <summary>Reads the resources of an update, whose names may be in any case: callers write what Go would read.</summary>
    /// <exception cref="ContainerException">Not JSON, or a field of the wrong type.</exception>
    public static Resources ParseUpdate(ReadOnlySpan<byte> json) => Parse(json, OciJsonFormat.AnyCase.Resources, "resources");

    private static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string document) where T : class
    {
        if (json.Length > MaxBytes) throw new ContainerException($"{document}: larger than {MaxBytes} bytes");
        Exception? cause = null;
        try
        {
            if (JsonSerializer.Deserialize(json, type) is { } value) return value;
        }
        catch (JsonException e)
        {
            cause = e;
        }
        throw new ContainerException($"{document}: {JsonProblem.Describe(json.ToArray(), type)}", cause);
    }
}
