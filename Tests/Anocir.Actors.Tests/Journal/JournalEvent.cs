using System.Text;
using Akka.Actor;
using Akka.Serialization;

namespace Anocir.Actors.Tests.Journal;

/// <summary>An event of these tests.</summary>
public sealed record JournalEvent(string Text);

/// <summary>An event whose serializer fails.</summary>
public sealed record UnserializableEvent;

/// <summary>Text as text; "bytes:" as bytes that are no text.</summary>
public sealed class JournalEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override int Identifier => 7399;

    public override string Manifest(object o) => o is JournalEvent ? "test.1" : throw new InvalidOperationException("cannot be serialized");

    public override byte[] ToBinary(object obj)
    {
        var text = obj is JournalEvent e ? e.Text : throw new InvalidOperationException("cannot be serialized");
        return text == "bytes:" ? [0xff, 0x00, 0xfe] : Encoding.UTF8.GetBytes(text);
    }

    public override object FromBinary(byte[] bytes, string manifest) =>
        manifest == "test.1"
            ? new JournalEvent(bytes is [0xff, 0x00, 0xfe] ? "bytes:" : Encoding.UTF8.GetString(bytes))
            : throw new InvalidOperationException($"unknown manifest {manifest}");
}
