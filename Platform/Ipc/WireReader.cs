using System.Buffers.Binary;
using System.Text;

namespace Anocir.Platform.Ipc;

/// <summary>Reads what <see cref="WireWriter"/> wrote. The bytes are hostile until read: every length is checked against what is left.</summary>
public sealed class WireReader(ReadOnlyMemory<byte> message)
{
    private ReadOnlyMemory<byte> _rest = message;

    public bool AtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1).Span[0];

    public bool Bool() => Byte() switch
    {
        0 => false,
        1 => true,
        var b => throw new InvalidDataException($"message holds {b} where a boolean belongs"),
    };

    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4).Span);

    public long Long() => BinaryPrimitives.ReadInt64LittleEndian(Take(8).Span);

    public string? OptionalString()
    {
        var count = Int();
        return count == -1 ? null : Encoding.UTF8.GetString(Take(count).Span);
    }

    public string String() => OptionalString() ?? throw new InvalidDataException("message lacks a string");

    public ReadOnlyMemory<byte> Bytes() => Take(Int());

    public T? Optional<T>(Func<WireReader, T> read) where T : class => Bool() ? read(this) : null;

    public int? OptionalInt() => Bool() ? Int() : null;

    public IReadOnlyList<T> List<T>(Func<WireReader, T> read)
    {
        var count = Int();
        // Every element takes a byte at least, so a count beyond what is left is a lie.
        if (count < 0 || count > _rest.Length) throw new InvalidDataException($"message announces {count} elements in {_rest.Length} bytes");
        var values = new T[count];
        for (var i = 0; i < count; i++) values[i] = read(this);
        return values;
    }

    public IReadOnlyList<string> Strings() => List(static r => r.String());

    private ReadOnlyMemory<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length) throw new InvalidDataException($"message ends early: {count} bytes wanted, {_rest.Length} left");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
