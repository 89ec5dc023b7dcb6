using System.Buffers.Binary;
using System.Text;

namespace Anocir.Platform.Ipc;

/// <summary>
/// Writes the fields of a message in order: little-endian numbers, length-prefixed UTF-8 strings, counted lists.
/// Both ends are one build (the handshake refuses any other), so fields carry no tags.
/// </summary>
public sealed class WireWriter
{
    private byte[] _buffer = new byte[1024];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public WireWriter Byte(byte value)
    {
        Reserve(1)[0] = value;
        return this;
    }

    public WireWriter Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public WireWriter Int(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Reserve(4), value);
        return this;
    }

    public WireWriter Long(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);
        return this;
    }

    /// <summary>Null is kept apart from the empty string.</summary>
    public WireWriter String(string? value)
    {
        if (value is null) return Int(-1);
        var count = Encoding.UTF8.GetByteCount(value);
        Int(count);
        Encoding.UTF8.GetBytes(value, Reserve(count));
        return this;
    }

    public WireWriter Bytes(ReadOnlySpan<byte> value)
    {
        Int(value.Length);
        value.CopyTo(Reserve(value.Length));
        return this;
    }

    public WireWriter Optional<T>(T? value, Action<WireWriter, T> write) where T : class
    {
        Bool(value is not null);
        if (value is not null) write(this, value);
        return this;
    }

    public WireWriter OptionalInt(int? value)
    {
        Bool(value is not null);
        return value is { } v ? Int(v) : this;
    }

    public WireWriter List<T>(IReadOnlyList<T> values, Action<WireWriter, T> write)
    {
        Int(values.Count);
        for (var i = 0; i < values.Count; i++) write(this, values[i]);
        return this;
    }

    public WireWriter Strings(IReadOnlyList<string> values) => List(values, static (w, v) => w.String(v));

    private Span<byte> Reserve(int count)
    {
        if (_length + count > _buffer.Length) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        var span = _buffer.AsSpan(_length, count);
        _length += count;
        return span;
    }
}
