using System.Buffers.Binary;
using System.Text;

namespace Anocir.Platform.Network;

/// <summary>The body of a netlink(7) message: a fixed header, then attributes, each aligned to four bytes.</summary>
internal sealed class NetlinkMessage
{
    private const int AttributeHeader = 4;
    /// <summary>NLA_F_NESTED and NLA_F_NET_BYTEORDER.</summary>
    private const ushort TypeMask = 0x3fff;
    private readonly List<byte> _bytes;

    internal NetlinkMessage(ReadOnlySpan<byte> header) => _bytes = [.. header];

    internal ReadOnlySpan<byte> Body => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);

    internal NetlinkMessage Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        Span<byte> header = stackalloc byte[AttributeHeader];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(AttributeHeader + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], type);
        _bytes.AddRange(header);
        _bytes.AddRange(value);
        while (_bytes.Count % 4 != 0) _bytes.Add(0);
        return this;
    }

    internal NetlinkMessage Attribute(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Attribute(type, bytes);
    }

    /// <summary>A string with the NUL that the kernel wants at its end.</summary>
    internal NetlinkMessage Attribute(ushort type, string value) => Attribute(type, [.. Encoding.UTF8.GetBytes(value), 0]);

    internal static IEnumerable<(ushort Type, byte[] Value)> AttributesOf(ReadOnlySpan<byte> attributes)
    {
        var found = new List<(ushort, byte[])>();
        while (attributes.Length >= AttributeHeader)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (length < AttributeHeader || length > attributes.Length) break;
            var type = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) & TypeMask);
            found.Add((type, attributes[AttributeHeader..length].ToArray()));
            attributes = attributes[Math.Min((length + 3) & ~3, attributes.Length)..];
        }

        return found;
    }
}
