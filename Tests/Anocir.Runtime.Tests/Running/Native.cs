using System.Runtime.InteropServices;
using System.Text;

namespace Anocir.Runtime.Tests.Running;

/// <summary>The few calls that the base library lacks: terminals, and descriptors that come over a socket.</summary>
internal static unsafe partial class Native
{
    private const int RdWrNoCttyCloExec = 2 | 0x100 | 0x80000;
    private const nuint TiocSPtLck = 0x40045431;
    private const nuint TiocGPtN = 0x80045430;
    private const nuint TiocGWinSz = 0x5413;
    private const nuint TiocSWinSz = 0x5414;
    private const int MsgCmsgCloExec = 0x40000000;

    /// <summary>Opens a new terminal: its master, and the path of its slave.</summary>
    public static (int Master, string Slave) OpenTerminal()
    {
        var master = open("/dev/ptmx", RdWrNoCttyCloExec, 0);
        if (master < 0) throw new IOException($"open /dev/ptmx: errno {Marshal.GetLastPInvokeError()}");
        var no = 0;
        ioctl(master, TiocSPtLck, &no);
        ioctl(master, TiocGPtN, &no);
        return (master, $"/dev/pts/{no}");
    }

    public static (int Rows, int Columns) SizeOf(int terminal)
    {
        var size = stackalloc ushort[4];
        if (ioctl(terminal, TiocGWinSz, size) != 0) throw new IOException($"TIOCGWINSZ: errno {Marshal.GetLastPInvokeError()}");
        return (size[0], size[1]);
    }

    public static void Resize(int terminal, int rows, int columns)
    {
        var size = stackalloc ushort[4] { (ushort)rows, (ushort)columns, 0, 0 };
        if (ioctl(terminal, TiocSWinSz, size) != 0) throw new IOException($"TIOCSWINSZ: errno {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>What is there to read; empty at the end, or when the last slave was closed.</summary>
    public static string Read(int descriptor)
    {
        var buffer = stackalloc byte[4096];
        var count = read(descriptor, buffer, 4096);
        return count > 0 ? Encoding.UTF8.GetString(buffer, (int)count) : "";
    }

    public static void Write(int descriptor, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            if (write(descriptor, start, (nuint)bytes.Length) != bytes.Length) throw new IOException("short write");
        }
    }

    public static void Close(int descriptor) => close(descriptor);

    /// <summary>One message with the descriptors it carries, as go-runc and conmon receive it.</summary>
    public static (string Payload, int[] Descriptors) ReceiveDescriptors(int socket)
    {
        var data = stackalloc byte[4096];
        var control = stackalloc byte[64];
        var part = stackalloc nuint[2] { (nuint)data, 4096 };
        // struct msghdr on 64-bit Linux: name, length, parts, count, control, length, flags.
        var header = stackalloc nuint[7] { 0, 0, (nuint)part, 1, (nuint)control, 64, 0 };
        var count = recvmsg(socket, header, MsgCmsgCloExec);
        if (count < 0) throw new IOException($"recvmsg: errno {Marshal.GetLastPInvokeError()}");
        var length = header[5] == 0 ? 0 : (int)*(nuint*)control - 16;
        return (Encoding.UTF8.GetString(data, (int)count), new ReadOnlySpan<int>(control + 16, length / 4).ToArray());
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int socket, void* message, int flags);
}
