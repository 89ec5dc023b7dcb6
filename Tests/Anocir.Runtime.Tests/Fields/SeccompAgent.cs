using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Anocir.Runtime.Tests.Fields;

/// <summary>
/// An agent for seccomp notifications: takes one connection with a listener, and answers its calls with an errno of the test's, from a thread of its own.
/// </summary>
internal sealed unsafe partial class SeccompAgent : IDisposable
{
    /// <summary>SECCOMP_IOCTL_NOTIF_RECV and SECCOMP_IOCTL_NOTIF_SEND (linux/seccomp.h).</summary>
    private const nuint Receive = 0xc0502100;
    private const nuint Send = 0xc0182101;
    private static int _count;
    private readonly Socket _listener;
    private readonly int _errno;

    public SeccompAgent(RuntimeFixture runtime, int errno)
    {
        Path = runtime.Scratch.File($"agent{Interlocked.Increment(ref _count)}.sock");
        _errno = errno;
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen(8);
    }

    public string Path { get; }

    /// <summary>What came with each listener.</summary>
    public List<JsonObject> States { get; } = [];

    /// <summary>How many calls were answered.</summary>
    public int Answered => Volatile.Read(ref _answered);

    private int _answered;

    /// <summary>Takes the next connection and answers its listener's calls until its last process ends.</summary>
    public Thread Serve()
    {
        var thread = new Thread(() =>
        {
            int listener;
            using (var connection = _listener.Accept())
            {
                var (payload, descriptors) = Native.ReceiveDescriptors((int)connection.Handle);
                listener = Assert.Single(descriptors);
                // One state for a connection, then its end.
                Assert.Equal(0, connection.Receive(new byte[1]));
                lock (States) States.Add(JsonNode.Parse(payload)!.AsObject());
            }

            while (Answer(listener)) Interlocked.Increment(ref _answered);
            Native.Close(listener);
        });
        thread.IsBackground = true;
        thread.Start();
        return thread;
    }

    public void Dispose()
    {
        _listener.Dispose();
        File.Delete(Path);
    }

    /// <summary>struct seccomp_notif is 80 bytes with its id first, struct seccomp_notif_resp 24: id, val, error, flags.</summary>
    private bool Answer(int listener)
    {
        var notification = stackalloc byte[80];
        new Span<byte>(notification, 80).Clear();
        if (ioctl(listener, Receive, notification) != 0) return false;
        var response = stackalloc byte[24];
        new Span<byte>(response, 24).Clear();
        *(ulong*)response = *(ulong*)notification;
        *(int*)(response + 16) = -_errno;
        return ioctl(listener, Send, response) == 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int descriptor, nuint request, void* argument);
}
