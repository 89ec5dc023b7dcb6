using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Network;

/// <summary>rtnetlink(7) in the network namespace in which it was opened, wherever its process goes later.</summary>
internal sealed unsafe class RouteSocket : IDisposable
{
    private const int AfNetlink = 16;
    private const int SockRawCloExec = 3 | 0x80000;
    private const int HeaderSize = 16;
    private const ushort Error = 2;
    private const ushort Done = 3;
    private const ushort NewLink = 16;
    private const ushort GetLink = 18;
    private const ushort NewAddress = 20;
    private const ushort GetAddress = 22;
    private const ushort RequestFlag = 0x1;
    private const ushort Acknowledge = 0x4;
    private const ushort Exclusive = 0x200;
    private const ushort Create = 0x400;
    private const ushort Dump = 0x300;
    private const ushort InterfaceName = 3;
    private const ushort NetworkNamespace = 28;
    private const int LinkHeaderSize = 16;
    private const uint IffUp = 1;
    private const int CloneNewNet = 0x40000000;
    private readonly FdHandle _socket;
    private uint _sequence;

    private RouteSocket(FdHandle socket) => _socket = socket;

    internal static RouteSocket Open()
    {
        var fd = Libc.socket(AfNetlink, SockRawCloExec, 0);
        return fd >= 0 ? new RouteSocket(new FdHandle(fd)) : throw new SyscallException("open a route socket", Marshal.GetLastPInvokeError());
    }

    /// <summary>
    /// Opens one in another namespace: the calling thread goes there and comes back. Not for the supervisor, whose threads are everybody's.
    /// </summary>
    internal static RouteSocket OpenIn(FdHandle target, FdHandle home)
    {
        if (Libc.setns(target.Value, CloneNewNet) != 0) throw new SyscallException("enter the container's network namespace", Marshal.GetLastPInvokeError());
        var fd = Libc.socket(AfNetlink, SockRawCloExec, 0);
        var errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (Libc.setns(home.Value, CloneNewNet) != 0) throw new SyscallException("return to the caller's network namespace", Marshal.GetLastPInvokeError());
        return errno == 0 ? new RouteSocket(new FdHandle(fd)) : throw new SyscallException("open a route socket in the container's network namespace", errno);
    }

    internal IReadOnlyList<NetworkLink> Links()
    {
        Span<byte> header = stackalloc byte[LinkHeaderSize];
        header.Clear();
        var links = new List<NetworkLink>();
        var errno = Exchange(GetLink, Dump, header, (type, body) =>
        {
            if (type != NewLink) return;
            foreach (var (attribute, value) in NetlinkMessage.AttributesOf(body.AsSpan(LinkHeaderSize)))
            {
                if (attribute != InterfaceName) continue;
                links.Add(new NetworkLink(
                    BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(4)), Encoding.UTF8.GetString(value).TrimEnd('\0'), BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan(8))));
            }
        });
        return errno == 0 ? links : throw new SyscallException("list the network devices", errno);
    }

    internal IReadOnlyList<NetworkAddress> AddressesOf(int index)
    {
        Span<byte> header = stackalloc byte[8];
        header.Clear();
        var addresses = new List<NetworkAddress>();
        var errno = Exchange(GetAddress, Dump, header, (type, body) =>
        {
            if (type == NewAddress && NetworkAddress.Read(body) is var (of, address) && of == index) addresses.Add(address);
        });
        return errno == 0 ? addresses : throw new SyscallException("list the addresses of network devices", errno);
    }

    /// <summary>Moves a device to another namespace and names it there, in one request: 0 or the errno.</summary>
    internal int TryMove(int index, FdHandle target, string name) =>
        Change(NewLink, 0, new NetlinkMessage(LinkHeader(index, 0, 0)).Attribute(NetworkNamespace, (uint)target.Value).Attribute(InterfaceName, name));

    internal int TrySetUp(int index) => Change(NewLink, 0, new NetlinkMessage(LinkHeader(index, IffUp, IffUp)));

    internal int TryAdd(NetworkAddress address, int index) => Change(NewAddress, Create | Exclusive, address.ToMessage(index));

    public void Dispose() => _socket.Dispose();

    private static byte[] LinkHeader(int index, uint flags, uint change)
    {
        var header = new byte[LinkHeaderSize];
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), index);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), change);
        return header;
    }

    private int Change(ushort type, ushort flags, NetlinkMessage message) => Exchange(type, (ushort)(flags | Acknowledge), message.Body, static (_, _) => { });

    /// <summary>Sends a request and reads its answers to the end: 0 or the errno.</summary>
    private int Exchange(ushort type, ushort flags, ReadOnlySpan<byte> body, Action<ushort, byte[]> take)
    {
        var request = new byte[HeaderSize + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(6), (ushort)(flags | RequestFlag));
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(8), ++_sequence);
        body.CopyTo(request.AsSpan(HeaderSize));
        if (Sys.TryWrite(_socket, request) is var refused and not 0) return refused;
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var count = Sys.TryRead(_socket, buffer);
            if (count <= 0) return count == 0 ? Errno.EIO : -count;
            for (var at = 0; at + HeaderSize <= count;)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(at));
                if (length < HeaderSize || at + length > count) return Errno.EINVAL;
                var kind = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 4));
                var content = buffer.AsSpan(at + HeaderSize, length - HeaderSize);
                if (BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(at + 8)) == _sequence)
                {
                    if (kind == Error) return -BinaryPrimitives.ReadInt32LittleEndian(content);
                    if (kind == Done) return 0;
                    take(kind, content.ToArray());
                }

                at += (length + 3) & ~3;
            }
        }
    }
}
