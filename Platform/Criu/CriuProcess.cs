using System.Runtime.InteropServices;
using Anocir.Platform.Ipc;
using Anocir.Platform.Processes;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Criu;

/// <summary>
/// One <c>criu swrk</c>, a child of ours that serves requests over a socket. When the socket closes over a dump or a restore, CRIU takes back what
/// it has done: whoever asked is gone.
/// </summary>
public sealed unsafe class CriuProcess : IDisposable
{
    /// <summary>CRIU's end of the socket, in CRIU; descriptors for it follow.</summary>
    private const int SocketNumber = 3;
    private readonly FdHandle _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private bool _ended;

    private CriuProcess(int pid, FdHandle socket)
    {
        Pid = pid;
        _socket = socket;
    }

    /// <summary>The number in CRIU of the first descriptor that was handed to <see cref="Start"/>.</summary>
    public const int FirstDescriptor = SocketNumber + 1;

    public int Pid { get; }

    /// <summary>A descriptor that came with the last response: the master of a restored terminal.</summary>
    public FdHandle? Received { get; private set; }

    /// <param name="ownStreams">CRIU's standard streams are ours: a restored container may take them for its own.</param>
    /// <param name="descriptors">From <see cref="FirstDescriptor"/> on.</param>
    /// <exception cref="ContainerException">There is no criu.</exception>
    public static CriuProcess Start(bool ownStreams, IReadOnlyList<FdHandle> descriptors)
    {
        var program = ExecutableLookup.Find("criu", Environment.GetEnvironmentVariable("PATH"));
        var (ours, its) = UnixSocket.Pair();
        try
        {
            using (its) return new CriuProcess(Sys.SpawnHelper(program, ["criu", "swrk", "3"], ownStreams, [its, .. descriptors]), ours);
        }
        catch
        {
            ours.Dispose();
            throw;
        }
    }

    public void RequestVersion() => Send(new ProtoWriter().Number(1, (int)CriuRequestType.Version));

    /// <summary>Which of the kernel's abilities CRIU finds.</summary>
    public void RequestFeatures() =>
        Send(new ProtoWriter().Number(1, (int)CriuRequestType.FeatureCheck).Message(5, new ProtoWriter().Flag(1, true).Flag(2, true)));

    /// <summary>Waits for CRIU's next word; null when it ended without one.</summary>
    public CriuResponse? Receive()
    {
        Received?.Dispose();
        var count = Sys.ReceiveMessage(_socket, _buffer, out var descriptor);
        Received = descriptor;
        return count == 0 ? null : CriuResponse.Read(_buffer.AsMemory(0, count));
    }

    /// <summary>Asks, and answers CRIU's notifications until it is done.</summary>
    /// <param name="log">CRIU's log of this.</param>
    /// <param name="notified">What is to be done at each notification before CRIU goes on.</param>
    /// <exception cref="ContainerException">In CRIU's words, with the path of its log.</exception>
    public void Perform(CriuRequestType type, CriuOptions options, string log, Action<CriuResponse> notified)
    {
        try
        {
            Send(new ProtoWriter().Number(1, (int)type).Message(2, options.Write()));
            while (true)
            {
                var response = Receive() ?? throw new ContainerException($"criu failed: type {CriuLog.Name(type)}: it ended without an answer{CriuLog.Quote(log)}");
                if (!response.Success) throw new ContainerException(CriuLog.Describe(response, log));
                if (response.Type != CriuRequestType.Notify) return;
                notified(response);
                Send(new ProtoWriter().Number(1, (int)CriuRequestType.Notify).Flag(3, true));
            }
        }
        catch (Exception e) when (e is InvalidDataException or SyscallException)
        {
            throw new ContainerException($"criu failed: type {CriuLog.Name(type)}: {e.Message}{CriuLog.Quote(log)}", e);
        }
    }

    /// <summary>Says that nothing more is asked, and waits for CRIU's end.</summary>
    public void End()
    {
        if (_ended) return;
        _ended = true;
        _socket.Dispose();
        Sys.WaitForChild(Pid);
    }

    public void Dispose()
    {
        Received?.Dispose();
        End();
    }

    private void Send(ProtoWriter message)
    {
        const int msgNoSignal = 0x4000;
        var bytes = message.ToArray();
        fixed (byte* start = bytes)
        {
            var part = stackalloc nuint[2] { (nuint)start, (nuint)bytes.Length };
            // struct msghdr: name, name length, parts, part count, control, control length, flags
            var header = stackalloc nuint[7] { 0, 0, (nuint)part, 1, 0, 0, 0 };
            if (Libc.sendmsg(_socket.Value, header, msgNoSignal) >= 0) return;
        }

        // One that has ended says why in its log; the next receive tells that it has.
        var errno = Marshal.GetLastPInvokeError();
        if (errno != Errno.EPIPE) throw new SyscallException("send a request to criu", errno);
    }
}
