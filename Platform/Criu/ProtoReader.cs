using System.Text;

namespace Anocir.Platform.Criu;

/// <summary>Reads the fields of one protobuf message in turn; what has an unknown number is for the caller to pass over.</summary>
public sealed class ProtoReader(ReadOnlyMemory<byte> message)
{
    private ReadOnlyMemory<byte> _rest = message;

    /// <summary>Number of the field that <see cref="Next"/> came to.</summary>
    public int Field { get; private set; }

    /// <summary>Its value where that is a number.</summary>
    public long Number { get; private set; }

    /// <summary>Its value where that has a length: a string or a message.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The message is cut off, or in no form of protobuf.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty) return false;
        var tag = Varint();
        (Field, Number, Bytes) = ((int)(tag >> 3), 0, default);
        switch (tag & 7)
        {
            case 0: Number = (long)Varint(); break;
            case 1: Take(8); break;
            case 2: Bytes = Take((int)Math.Min(Varint(), int.MaxValue)); break;
            case 5: Take(4); break;
            default: throw new InvalidDataException($"a protobuf message holds wire type {tag & 7}");
        }

        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Take(1).Span[0];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }

        throw new InvalidDataException("a protobuf message holds a number of more than ten bytes");
    }

    private ReadOnlyMemory<byte> Take(int count)
    {
        if (count > _rest.Length) throw new InvalidDataException("a protobuf message is cut off");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
