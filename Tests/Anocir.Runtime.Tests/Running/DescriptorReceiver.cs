using System.Net.Sockets;

namespace Anocir.Runtime.Tests.Running;

/// <summary>A unix socket that takes one connection with one message with one descriptor: a console socket, or a pidfd socket.</summary>
internal sealed class DescriptorReceiver : IDisposable
{
    private static int _count;
    private readonly Socket _listener;

    public DescriptorReceiver(RuntimeFixture runtime)
    {
        Path = runtime.Scratch.File($"receiver{Interlocked.Increment(ref _count)}.sock");
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen(1);
    }

    public string Path { get; }

    /// <summary>Accepts only now, as containerd does after the runtime has ended: the runtime must not wait for an answer.</summary>
    public (string Payload, int Descriptor) Receive()
    {
        Assert.True(_listener.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead), "nobody connected");
        using var connection = _listener.Accept();
        var (payload, descriptors) = Native.ReceiveDescriptors((int)connection.Handle);
        Assert.NotEqual("", payload);
        return (payload, Assert.Single(descriptors));
    }

    public void Dispose() => _listener.Dispose();
}
