using System.Buffers.Binary;

namespace Anocir.Platform.Network;

/// <summary>An address of a device, kept as its rtnetlink attributes, to be given to the device again elsewhere.</summary>
/// <param name="Family">AF_INET or AF_INET6.</param>
/// <param name="Scope">RT_SCOPE_*.</param>
/// <param name="Flags">IFA_F_*, all 32 bits.</param>
/// <param name="Attributes">Type and value of what stays with the address: not its label, which names the device, nor its lifetime.</param>
internal sealed record NetworkAddress(byte Family, byte PrefixLength, byte Scope, uint Flags, IReadOnlyList<(ushort Type, byte[] Value)> Attributes)
{
    internal const ushort IfaFlags = 8;
    private const ushort IfaAddress = 1;
    private const ushort IfaLocal = 2;
    private const ushort IfaBroadcast = 4;
    private const ushort IfaRoutePriority = 9;
    private const uint Permanent = 0x80;
    /// <summary>NODAD, HOMEADDRESS, MANAGETEMPADDR, NOPREFIXROUTE, MCAUTOJOIN; the others say how far the kernel has come with it.</summary>
    private const uint Settable = 0x02 | 0x10 | 0x100 | 0x200 | 0x400;
    private const int HeaderSize = 8;

    /// <summary>config-linux.md, Network Devices: permanent, and of global scope.</summary>
    internal bool MustBePreserved => (Flags & Permanent) != 0 && Scope == 0;

    /// <summary>Reads the body of an RTM_NEWADDR.</summary>
    internal static (int Index, NetworkAddress Address) Read(ReadOnlySpan<byte> body)
    {
        uint flags = body[2];
        var kept = new List<(ushort, byte[])>();
        foreach (var (type, value) in NetlinkMessage.AttributesOf(body[HeaderSize..]))
        {
            if (type == IfaFlags) flags = BinaryPrimitives.ReadUInt32LittleEndian(value);
            else if (type is IfaAddress or IfaLocal or IfaBroadcast or IfaRoutePriority) kept.Add((type, value));
        }

        return (BinaryPrimitives.ReadInt32LittleEndian(body[4..]), new NetworkAddress(body[0], body[1], body[3], flags, kept));
    }

    /// <summary>The body of an RTM_NEWADDR that adds it to a device.</summary>
    internal NetlinkMessage ToMessage(int index)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        (header[0], header[1], header[3]) = (Family, PrefixLength, Scope);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], index);
        var message = new NetlinkMessage(header).Attribute(IfaFlags, Flags & Settable);
        foreach (var (type, value) in Attributes) message.Attribute(type, value);
        return message;
    }
}
