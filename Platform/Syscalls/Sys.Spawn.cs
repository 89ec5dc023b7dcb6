using System.Runtime.InteropServices;
using System.Text;

namespace Anocir.Platform.Syscalls;

public static unsafe partial class Sys
{
    private const short SpawnSetProcessGroup = 0x02;
    private const short SpawnSetSignalDefaults = 0x04;
    private const short SpawnSetSignalMask = 0x08;

    /// <summary>posix_spawn(3): a child in a process group of its own, with default signal dispositions, an empty mask, three descriptors and no other.</summary>
    /// <returns>The pid: a child of this process, to be reaped by <see cref="TryReap"/>.</returns>
    /// <remarks>Safe in a process with many threads: the C library clones with its own stack and every signal blocked, and runs no code of ours in the child.</remarks>
    internal static int Spawn(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, string directory, FdHandle input, FdHandle output, FdHandle errors)
    {
        var actions = stackalloc byte[Libc.SpawnFileActionsSize];
        var attributes = stackalloc byte[Libc.SpawnAttributesSize];
        var signals = stackalloc byte[Libc.SignalSetSize];
        Check(Libc.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
        Check(Libc.posix_spawnattr_init(attributes), "posix_spawnattr_init");
        using var strings = new NativeStrings();
        try
        {
            var argv = strings.Array(arguments);
            var envp = strings.Array(environment);
            Check(Libc.posix_spawn_file_actions_adddup2(actions, input.Value, 0), "posix_spawn_file_actions_adddup2");
            Check(Libc.posix_spawn_file_actions_adddup2(actions, output.Value, 1), "posix_spawn_file_actions_adddup2");
            Check(Libc.posix_spawn_file_actions_adddup2(actions, errors.Value, 2), "posix_spawn_file_actions_adddup2");
            Check(Libc.posix_spawn_file_actions_addchdir_np(actions, strings.Copy(directory)), "posix_spawn_file_actions_addchdir_np");
            // Ours are all close-on-exec; what this process itself inherited from a careless parent may not be.
            Check(Libc.posix_spawn_file_actions_addclosefrom_np(actions, 3), "posix_spawn_file_actions_addclosefrom_np");

            // All 64, not sigfillset: it leaves out the two of the C library, which the child would then ignore.
            new Span<byte>(signals, Libc.SignalSetSize).Fill(0xff);
            Check(Libc.posix_spawnattr_setsigdefault(attributes, signals), "posix_spawnattr_setsigdefault");
            Libc.sigemptyset(signals);
            Check(Libc.posix_spawnattr_setsigmask(attributes, signals), "posix_spawnattr_setsigmask");
            Check(Libc.posix_spawnattr_setpgroup(attributes, 0), "posix_spawnattr_setpgroup");
            Check(Libc.posix_spawnattr_setflags(attributes, SpawnSetProcessGroup | SpawnSetSignalDefaults | SpawnSetSignalMask), "posix_spawnattr_setflags");

            int pid;
            Check(Libc.posix_spawn(&pid, strings.Copy(path), actions, attributes, argv, envp), $"exec {path} in {directory}");
            return pid;
        }
        finally
        {
            Libc.posix_spawnattr_destroy(attributes);
            Libc.posix_spawn_file_actions_destroy(actions);
            GC.KeepAlive(input);
            GC.KeepAlive(output);
            GC.KeepAlive(errors);
        }
    }

    /// <summary>A pidfd of a child that has not been reaped yet.</summary>
    internal static FdHandle OpenChild(int pid)
    {
        var fd = Libc.syscall(SyscallNumber.PidfdOpen, pid, 0, 0, 0, 0, 0);
        return fd >= 0 ? new FdHandle((int)fd) : throw new SyscallException($"pidfd_open {pid}", Marshal.GetLastPInvokeError());
    }

    /// <summary>waitid(P_PIDFD) without waiting: takes the status of a child that ended.</summary>
    /// <returns>False while it runs. The status is as waitpid(2) encodes it, or null when somebody else has taken it.</returns>
    internal static bool TryReap(FdHandle child, out int? waitStatus)
    {
        const int PPidfd = 3, WNoHang = 1, WExited = 4;
        const int CldExited = 1, CldDumped = 3;
        // siginfo_t of a 64-bit kernel: si_code at 8, si_pid at 16, si_status at 24.
        var info = stackalloc int[32];
        new Span<int>(info, 32).Clear();
        nint result;
        int errno;
        do
        {
            result = Libc.syscall(SyscallNumber.WaitId, PPidfd, child.Value, (nint)info, WExited | WNoHang, 0, 0);
            errno = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        } while (errno == Errno.EINTR);
        GC.KeepAlive(child);

        waitStatus = null;
        if (errno == Errno.ECHILD) return true;
        if (errno != 0) throw new SyscallException("waitid P_PIDFD", errno);
        if (info[4] == 0) return false;
        var status = info[6];
        waitStatus = info[2] switch
        {
            CldExited => (status & 0xff) << 8,
            CldDumped => status | 0x80,
            _ => status,
        };
        return true;
    }

    /// <summary>Sends a signal to the process group of a child that has not been reaped: until then its number names nobody else.</summary>
    internal static void KillChildGroup(int pid, int signal) => Libc.spawn_kill(-pid, signal);

    /// <summary>Ends a child that nothing watches yet, and waits for it.</summary>
    internal static void KillAndReap(int pid)
    {
        const int PPid = 1, WExited = 4, SigKill = 9;
        Libc.spawn_kill(-pid, SigKill);
        while (Libc.syscall(SyscallNumber.WaitId, PPid, pid, 0, WExited, 0, 0) < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR)
        {
        }
    }

    /// <summary>A pipe: what reads never blocks, what writes does, as a program expects of its standard output.</summary>
    internal static (FdHandle Read, FdHandle Write) OutputPipe()
    {
        const int FSetFl = 4;
        var fds = stackalloc int[2];
        if (Libc.spawn_pipe2(fds, OCloExec) != 0) throw new SyscallException("pipe2", Marshal.GetLastPInvokeError());
        var pipe = (Read: new FdHandle(fds[0]), Write: new FdHandle(fds[1]));
        if (Libc.fcntl(fds[0], FSetFl, ONonBlock) == 0) return pipe;
        var errno = Marshal.GetLastPInvokeError();
        pipe.Read.Dispose();
        pipe.Write.Dispose();
        throw new SyscallException("fcntl F_SETFL O_NONBLOCK", errno);
    }

    /// <summary>One read(2): the number of bytes, 0 at the end, or minus the errno.</summary>
    public static int TryRead(FdHandle file, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            while (true)
            {
                var n = (int)Libc.read(file.Value, p, (nuint)buffer.Length);
                if (n >= 0) return n;
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) return -errno;
            }
        }
    }

    private static void Check(int errno, string action)
    {
        if (errno != 0) throw new SyscallException(action, errno);
    }

    /// <summary>C strings for the length of one call.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly List<nint> _blocks = [];

        internal byte* Copy(string text)
        {
            if (text.Contains('\0', StringComparison.Ordinal)) throw new ContainerException($"\"{text.Replace("\0", "\\0", StringComparison.Ordinal)}\" contains a zero byte");
            var length = Encoding.UTF8.GetByteCount(text);
            var block = (byte*)Allocate(length + 1);
            Encoding.UTF8.GetBytes(text, new Span<byte>(block, length));
            block[length] = 0;
            return block;
        }

        internal byte** Array(IReadOnlyList<string> texts)
        {
            var array = (byte**)Allocate((texts.Count + 1) * sizeof(byte*));
            for (var i = 0; i < texts.Count; i++) array[i] = Copy(texts[i]);
            array[texts.Count] = null;
            return array;
        }

        public void Dispose()
        {
            foreach (var block in _blocks) NativeMemory.Free((void*)block);
        }

        private void* Allocate(int size)
        {
            var block = NativeMemory.Alloc((nuint)size);
            _blocks.Add((nint)block);
            return block;
        }
    }
}
