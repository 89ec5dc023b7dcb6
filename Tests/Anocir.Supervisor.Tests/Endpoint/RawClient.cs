using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Anocir.Platform.Ipc;
using Anocir.Supervisor.Tests.Running;

namespace Anocir.Supervisor.Tests.Endpoint;

/// <summary>A caller of the control socket that says what it likes.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);

    internal RawClient(Sandbox sandbox)
    {
        _socket.ReceiveTimeout = 20_000;
        _socket.Connect(new UnixDomainSocketEndPoint(sandbox.SocketPath));
    }

    internal Socket Socket => _socket;

    internal RawClient Say(params byte[] packet)
    {
        _socket.Send(packet);
        return this;
    }

    /// <summary>A frame: its kind, no flags, the body.</summary>
    internal RawClient Say(FrameKind kind, WireWriter body) => Say([(byte)kind, 0, .. body.Written]);

    /// <summary>A request of a build, with nothing behind it.</summary>
    internal RawClient SayBuild(string build)
    {
        var text = Encoding.UTF8.GetBytes(build);
        var packet = new byte[2 + 4 + text.Length];
        packet[0] = (byte)FrameKind.Request;
        BinaryPrimitives.WriteInt32LittleEndian(packet.AsSpan(2), text.Length);
        text.CopyTo(packet.AsSpan(6));
        return Say(packet);
    }

    /// <summary>The supervisor ends the connection without another word.</summary>
    internal bool IsEnded
    {
        get
        {
            try
            {
                return _socket.Receive(new byte[65536]) == 0;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                return true;
            }
        }
    }

    /// <summary>The kind of the next frame.</summary>
    internal FrameKind Hear()
    {
        var buffer = new byte[65536];
        var length = _socket.Receive(buffer);
        return length == 0 ? throw new InvalidOperationException("the supervisor ended the connection") : (FrameKind)buffer[0];
    }

    public void Dispose() => _socket.Dispose();
}
