using System.Text;

namespace Anocir.Platform.Criu;

/// <summary>
/// Writes one protobuf message. CRIU's requests are numbers, strings and nested messages with small field numbers: two of the format's
/// wire types, for which no package is needed.
/// </summary>
public sealed class ProtoWriter
{
    private const int VarintType = 0;
    private const int LengthType = 2;
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public ProtoWriter Number(int field, long value)
    {
        Tag(field, VarintType);
        // int32 too: a negative one is sign-extended to ten bytes.
        Varint((ulong)value);
        return this;
    }

    public ProtoWriter OptionalNumber(int field, long? value) => value is { } number ? Number(field, number) : this;

    /// <summary>False is what an absent field means, so only true is written.</summary>
    public ProtoWriter Flag(int field, bool value) => value ? Number(field, 1) : this;

    public ProtoWriter String(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoWriter OptionalString(int field, string? value) => value is null ? this : String(field, value);

    public ProtoWriter Message(int field, ProtoWriter message) => Bytes(field, message.ToArray());

    private ProtoWriter Bytes(int field, byte[] value)
    {
        Tag(field, LengthType);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    private void Tag(int field, int type) => Varint((ulong)((field << 3) | type));

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }
}
