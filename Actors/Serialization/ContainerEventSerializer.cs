using System.Runtime.Serialization;
using System.Text.Json;
using Akka.Actor;
using Akka.Serialization;

namespace Anocir.Actors.Serialization;

/// <summary>Stored events as JSON under a versioned manifest ("container-created.1"). Bound in HOCON to the base type of each family of events.</summary>
public sealed class ContainerEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Stored with every event: never changes.</summary>
    public override int Identifier => 7301;

    /// <exception cref="SerializationException">The type has no manifest.</exception>
    public override string Manifest(object o) => RowOf(o).Manifest;

    /// <exception cref="SerializationException">The type has no manifest.</exception>
    public override byte[] ToBinary(object obj) => JsonSerializer.SerializeToUtf8Bytes(obj, RowOf(obj).Json);

    /// <exception cref="SerializationException">An unknown manifest, or JSON that is not what the manifest says.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!EventManifests.ByManifest.TryGetValue(manifest, out var row)) throw new SerializationException($"no event is called \"{manifest}\": was it written by a later version?");
        try
        {
            return JsonSerializer.Deserialize(bytes, row.Json) ?? throw new SerializationException($"{manifest}: null");
        }
        catch (JsonException e)
        {
            throw new SerializationException($"{manifest}: {e.Message}", e);
        }
    }

    private static EventManifests.Row RowOf(object o) =>
        EventManifests.ByType.TryGetValue(o.GetType(), out var row) ? row : throw new SerializationException($"{o.GetType().Name} has no manifest");
}
