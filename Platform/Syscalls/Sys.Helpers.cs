using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

public static unsafe partial class Sys
{
    /// <summary>posix_spawn(3) of a program that works for us: with our environment, our standard streams (or none), and descriptors from 3 on as listed.</summary>
    /// <param name="own">Its standard streams are ours, not /dev/null.</param>
    /// <returns>The pid: a child of this process, to be waited for.</returns>
    internal static int SpawnHelper(string path, IReadOnlyList<string> arguments, bool own, IReadOnlyList<FdHandle> descriptors)
    {
        const int FDupFdCloExec = 1030;
        var actions = stackalloc byte[Libc.SpawnFileActionsSize];
        var attributes = stackalloc byte[Libc.SpawnAttributesSize];
        var signals = stackalloc byte[Libc.SignalSetSize];
        using var strings = new NativeStrings();
        var raised = new List<FdHandle>();
        Check(Libc.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
        Check(Libc.posix_spawnattr_init(attributes), "posix_spawnattr_init");
        try
        {
            using var nothing = Open("/dev/null", ORdWr);
            for (var fd = 0; fd < 3 && !own; fd++) Check(Libc.posix_spawn_file_actions_adddup2(actions, nothing.Value, fd), "posix_spawn_file_actions_adddup2");
            for (var i = 0; i < descriptors.Count; i++)
            {
                // Out of the way of the numbers that are being given out.
                var high = Libc.fcntl(descriptors[i].Value, FDupFdCloExec, 3 + descriptors.Count);
                if (high < 0) throw new SyscallException("fcntl F_DUPFD_CLOEXEC", Marshal.GetLastPInvokeError());
                raised.Add(new FdHandle(high));
            }

            for (var i = 0; i < raised.Count; i++) Check(Libc.posix_spawn_file_actions_adddup2(actions, raised[i].Value, 3 + i), "posix_spawn_file_actions_adddup2");
            Check(Libc.posix_spawn_file_actions_addclosefrom_np(actions, 3 + raised.Count), "posix_spawn_file_actions_addclosefrom_np");
            // What .NET ignores and blocks is not for others.
            new Span<byte>(signals, Libc.SignalSetSize).Fill(0xff);
            Check(Libc.posix_spawnattr_setsigdefault(attributes, signals), "posix_spawnattr_setsigdefault");
            Libc.sigemptyset(signals);
            Check(Libc.posix_spawnattr_setsigmask(attributes, signals), "posix_spawnattr_setsigmask");
            Check(Libc.posix_spawnattr_setflags(attributes, SpawnSetSignalDefaults | SpawnSetSignalMask), "posix_spawnattr_setflags");
            int pid;
            Check(Libc.posix_spawn(&pid, strings.Copy(path), actions, attributes, strings.Array(arguments), strings.Array(OwnEnvironment())), $"exec {path}");
            return pid;
        }
        finally
        {
            Libc.posix_spawnattr_destroy(attributes);
            Libc.posix_spawn_file_actions_destroy(actions);
            foreach (var one in raised) one.Dispose();
        }
    }

    private static List<string> OwnEnvironment()
    {
        var environment = new List<string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables()) environment.Add($"{variable.Key}={variable.Value}");
        return environment;
    }

    /// <summary>recvmsg(2) of one message and the descriptor that may come with it.</summary>
    /// <returns>Its length; 0 when the other end is gone.</returns>
    internal static int ReceiveMessage(FdHandle socket, Span<byte> buffer, out FdHandle? descriptor)
    {
        const int MsgCmsgCloExec = 0x40000000;
        const int ControlLength = 64;
        var control = stackalloc byte[ControlLength];
        descriptor = null;
        fixed (byte* start = buffer)
        {
            var part = stackalloc nuint[2] { (nuint)start, (nuint)buffer.Length };
            var message = stackalloc nuint[7];
            nint count;
            do
            {
                // struct msghdr: name, name length, parts, part count, control, control length, flags
                new Span<nuint>(message, 7).Clear();
                (message[2], message[3], message[4], message[5]) = ((nuint)part, 1, (nuint)control, ControlLength);
                count = Libc.recvmsg(socket.Value, message, MsgCmsgCloExec);
            } while (count < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
            GC.KeepAlive(socket);
            if (count < 0) throw new SyscallException("recvmsg", Marshal.GetLastPInvokeError());
            // One SCM_RIGHTS (1) of SOL_SOCKET (1) with one descriptor: 16 bytes of header and 4 of payload.
            if (message[5] >= 20 && *(nuint*)control >= 20 && *(int*)(control + 8) == 1 && *(int*)(control + 12) == 1) descriptor = new FdHandle(*(int*)(control + 16));
            return (int)count;
        }
    }

    /// <summary>A mount namespace of this thread's own, to which the host's changes come and from which none go.</summary>
    internal static void EnterPrivateMounts()
    {
        const int NewMounts = 0x20000;
        const nuint Recursive = 0x4000, Slave = 0x80000;
        if (Libc.unshare(NewMounts) != 0) throw new SyscallException("make a mount namespace", Marshal.GetLastPInvokeError());
        if (Libc.mount_mount(null, "/", null, Recursive | Slave, null) != 0) throw new SyscallException("make the mounts of our namespace private", Marshal.GetLastPInvokeError());
    }

    /// <summary>setns(2).</summary>
    internal static void EnterNamespace(FdHandle handle, int type, string subject)
    {
        if (Libc.setns(handle.Value, type) != 0) throw new SyscallException($"enter {subject}", Marshal.GetLastPInvokeError());
        GC.KeepAlive(handle);
    }

    /// <summary>The path behind a descriptor, as the kernel sees it in our mount namespace.</summary>
    internal static string PathOf(FdHandle file)
    {
        var path = ReadLink(string.Create(null, $"/proc/self/fd/{file.Value}"));
        GC.KeepAlive(file);
        return path;
    }

    /// <summary>fcntl F_GETFL; null when the number is no open descriptor.</summary>
    internal static int? OpenFlags(int fd)
    {
        const int FGetFl = 3;
        var flags = Libc.fcntl(fd, FGetFl, 0);
        return flags < 0 ? null : flags;
    }
}
