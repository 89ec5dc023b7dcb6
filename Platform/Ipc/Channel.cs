using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Ipc;

/// <summary>
/// Frames over one SOCK_SEQPACKET socket. A packet is: kind, flags, body. A body that is too long for a packet travels in a
/// memfd as the packet's last descriptor. What arrives is hostile: every size is bounded, truncated control data is refused.
/// </summary>
/// <param name="socket">Connected; the channel's own from now on.</param>
/// <param name="longestBody">Bytes of a frame's body that are taken from the other end.</param>
/// <param name="mostDescriptors">Descriptors of a frame that are taken from the other end.</param>
public sealed unsafe class Channel(FdHandle socket, int longestBody = Channel.BodyLimit, int mostDescriptors = Channel.MaxDescriptors) : IDisposable
{
    /// <summary>Longest body inside the packet: well below the smallest default of net.core.wmem_max.</summary>
    private const int InlineLimit = 64 * 1024;
    /// <summary>Longest body at all.</summary>
    public const int BodyLimit = 64 * 1024 * 1024;
    /// <summary>SCM_MAX_FD of the kernel is 253; the body of a long frame takes one.</summary>
    public const int MaxDescriptors = 252;
    private const byte BodyInDescriptor = 1;
    private const int SolSocket = 1;
    private const int ScmRights = 1;
    private const int SoPeerCred = 17;
    private const int MsgCTrunc = 0x8;
    private const int MsgTrunc = 0x20;
    private const int MsgDontWait = 0x40;
    private const int MsgNoSignal = 0x4000;
    private const int MsgCmsgCloExec = 0x40000000;
    private const int ControlHeader = 16;
    private const int ConnectionReset = 104;

    [ThreadStatic] private static byte[]? _receiveBuffer;

    public FdHandle Socket { get; } = socket;

    /// <summary>Sends one frame.</summary>
    /// <returns>False when the other end is gone.</returns>
    public bool Send(FrameKind kind, ReadOnlySpan<byte> body, params ReadOnlySpan<FdHandle> descriptors)
    {
        if (body.Length <= InlineLimit) return SendPacket(kind, 0, body, descriptors);
        using var file = Sys.MemoryFile("anocir-frame", body);
        return SendPacket(kind, BodyInDescriptor, default, [.. descriptors, file]);
    }

    /// <summary>Sends a frame that says everything by its kind.</summary>
    public bool Send(FrameKind kind) => Send(kind, ReadOnlySpan<byte>.Empty);

    public bool Send(FrameKind kind, WireWriter body, params ReadOnlySpan<FdHandle> descriptors) => Send(kind, body.Written, descriptors);

    /// <summary>Sends one frame without waiting.</summary>
    /// <returns>False when the other end is gone, or has left so much unread that there is no room.</returns>
    public bool TrySend(FrameKind kind, WireWriter body)
    {
        if (body.Written.Length <= InlineLimit) return SendPacket(kind, 0, body.Written, default, MsgDontWait);
        using var file = Sys.MemoryFile("anocir-frame", body.Written);
        return SendPacket(kind, BodyInDescriptor, default, [file], MsgDontWait);
    }

    /// <summary>Waits for a frame; null when the other end is gone.</summary>
    public Frame? Receive() => Receive(0, out _);

    /// <summary>A frame if one is there. Null with <paramref name="ended"/> set when the other end is gone, null alone when nothing waits.</summary>
    public Frame? TryReceive(out bool ended) => Receive(MsgDontWait, out ended);

    /// <summary>Who connected, or who listens: the pid is 0 when that process is not visible from our pid namespace.</summary>
    public (int Pid, uint Uid) Peer()
    {
        var credentials = stackalloc int[3];
        uint length = 12;
        if (Libc.getsockopt(Socket.Value, SolSocket, SoPeerCred, credentials, &length) != 0)
            throw new SyscallException("getsockopt SO_PEERCRED", Marshal.GetLastPInvokeError());
        return (credentials[0], (uint)credentials[1]);
    }

    public void Dispose() => Socket.Dispose();

    private bool SendPacket(FrameKind kind, byte flags, ReadOnlySpan<byte> body, ReadOnlySpan<FdHandle> descriptors, int how = 0)
    {
        if (!Hold()) return false;
        try
        {
            return SendHeld(kind, flags, body, descriptors, how);
        }
        finally
        {
            Socket.DangerousRelease();
        }
    }

    private Frame? Receive(int flags, out bool ended)
    {
        ended = true;
        if (!Hold()) return null;
        try
        {
            return ReceiveHeld(flags, out ended);
        }
        finally
        {
            Socket.DangerousRelease();
        }
    }

    /// <summary>
    /// Keeps the descriptor from being closed during a call: its owner may dispose of it while the reactor's thread reads, and its
    /// number may be another connection's a moment later. False when it is closed.
    /// </summary>
    private bool Hold()
    {
        var held = false;
        try
        {
            Socket.DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        return held;
    }

    private bool SendHeld(FrameKind kind, byte flags, ReadOnlySpan<byte> body, ReadOnlySpan<FdHandle> descriptors, int how)
    {
        var head = stackalloc byte[2] { (byte)kind, flags };
        var control = stackalloc byte[ControlHeader + MaxDescriptors * sizeof(int)];
        fixed (byte* bodyStart = body)
        {
            var parts = stackalloc IoVector[2] { new(head, 2), new(bodyStart, (nuint)body.Length) };
            var message = new MessageHeader { Parts = parts, PartCount = 2 };
            if (!descriptors.IsEmpty)
            {
                if (descriptors.Length > MaxDescriptors) throw new ArgumentException("too many descriptors for one frame", nameof(descriptors));
                *(nuint*)control = (nuint)(ControlHeader + descriptors.Length * sizeof(int));
                *(int*)(control + 8) = SolSocket;
                *(int*)(control + 12) = ScmRights;
                for (var i = 0; i < descriptors.Length; i++) ((int*)(control + ControlHeader))[i] = descriptors[i].Value;
                message.Control = control;
                message.ControlLength = (nuint)Align(ControlHeader + descriptors.Length * sizeof(int));
            }

            while (true)
            {
                var sent = Libc.sendmsg(Socket.Value, &message, MsgNoSignal | how);
                if (sent >= 0) return true;
                var errno = Marshal.GetLastPInvokeError();
                if (errno == Errno.EINTR) continue;
                if (errno == Errno.EAGAIN && how == MsgDontWait) return false;
                if (errno is Errno.EPIPE or Errno.ECONNREFUSED or ConnectionReset) return false;
                throw new SyscallException($"send {kind}", errno);
            }
        }
    }

    private Frame? ReceiveHeld(int flags, out bool ended)
    {
        var buffer = _receiveBuffer ??= new byte[InlineLimit + 2];
        var control = stackalloc byte[ControlHeader + MaxDescriptors * sizeof(int)];
        nint count;
        int errno;
        var resets = 0;
        MessageHeader message;
        fixed (byte* start = buffer)
        {
            var part = new IoVector(start, (nuint)buffer.Length);
            do
            {
                message = new MessageHeader
                {
                    Parts = &part,
                    PartCount = 1,
                    Control = control,
                    ControlLength = ControlHeader + MaxDescriptors * sizeof(int),
                };
                count = Libc.recvmsg(Socket.Value, &message, flags | MsgCmsgCloExec);
                errno = count < 0 ? Marshal.GetLastPInvokeError() : 0;
                // A reset is told once, before what the peer said last; then that comes.
            } while (errno == Errno.EINTR || (errno == ConnectionReset && resets++ == 0));
        }

        if (errno == Errno.EAGAIN)
        {
            ended = false;
            return null;
        }

        // A reset is how a peer that was killed with frames unread says goodbye.
        ended = count <= 0;
        if (count < 0 && errno != ConnectionReset) throw new SyscallException("receive a frame", errno);
        if (ended) return null;

        var descriptors = Descriptors(message);
        if (count < 2 || (message.Flags & (MsgTrunc | MsgCTrunc)) != 0)
        {
            foreach (var descriptor in descriptors) descriptor.Dispose();
            throw new InvalidDataException("frame is cut off");
        }

        if (descriptors.Length > mostDescriptors)
        {
            foreach (var descriptor in descriptors) descriptor.Dispose();
            throw new InvalidDataException($"frame comes with {descriptors.Length} descriptors, where {mostDescriptors} are the most");
        }

        var kind = (FrameKind)buffer[0];
        if (buffer[1] != BodyInDescriptor) return new Frame(kind, buffer.AsMemory(2, (int)count - 2).ToArray(), descriptors);
        if (descriptors.Length == 0) throw new InvalidDataException("frame lacks its body");
        using var body = descriptors[^1];
        try
        {
            // A pipe would keep its reader waiting for as long as the sender likes.
            if (!Sys.IsRegularFile(body)) throw new InvalidDataException("frame has its body in something other than a file");
            return new Frame(kind, Sys.ReadAll(body, longestBody, "frame body"), descriptors[..^1]);
        }
        catch
        {
            foreach (var descriptor in descriptors) descriptor.Dispose();
            throw;
        }
    }

    private static FdHandle[] Descriptors(in MessageHeader message)
    {
        var found = new List<FdHandle>();
        for (nuint at = 0; at + ControlHeader <= message.ControlLength;)
        {
            var header = (byte*)message.Control + at;
            var length = *(nuint*)header;
            if (length < ControlHeader) break;
            if (*(int*)(header + 8) == SolSocket && *(int*)(header + 12) == ScmRights)
            {
                for (var i = 0; i < ((int)length - ControlHeader) / sizeof(int); i++) found.Add(new FdHandle(((int*)(header + ControlHeader))[i]));
            }

            at += (nuint)Align((int)length);
        }

        return [.. found];
    }

    private static int Align(int length) => (length + 7) & ~7;

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct IoVector(byte* start, nuint length)
    {
        private readonly byte* _start = start;
        private readonly nuint _length = length;
    }

    /// <summary>struct msghdr of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Parts;
        public nuint PartCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
