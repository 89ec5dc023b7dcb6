using System.Runtime.InteropServices;
using System.Text;

namespace Anocir.Platform.Syscalls;

/// <summary>What cgroupfs needs beyond <see cref="Sys"/>: writes without a handle object on the create path, event descriptors, pidfds, bpf(2).</summary>
internal static unsafe partial class CgroupCalls
{
    internal const short PollIn = 1;
    internal const short PollPri = 2;
    internal const uint InModify = 2;

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int PollNative(PollFd* fds, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFdNative(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int InotifyInitNative(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int InotifyAddWatchNative(int fd, string path, uint mask);

    /// <summary>mkdirat(2): 0 or the errno.</summary>
    internal static int TryMakeDirectory(FdHandle parent, string path, uint mode)
    {
        var errno = Libc.mkdirat(parent.Value, path, mode) == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(parent);
        return errno;
    }

    /// <summary>openat(2), one write(2), close(2): 0 or the errno.</summary>
    internal static int TryWriteFile(FdHandle directory, string path, ReadOnlySpan<char> value)
    {
        var fd = Libc.openat(directory.Value, path, Sys.OWrOnly | Sys.OCloExec, 0);
        GC.KeepAlive(directory);
        if (fd < 0) return Marshal.GetLastPInvokeError();
        Span<byte> small = stackalloc byte[256];
        var bytes = value.Length * 3 <= small.Length ? small : new byte[value.Length * 3];
        var length = Encoding.UTF8.GetBytes(value, bytes);
        var errno = 0;
        fixed (byte* p = bytes)
        {
            while (Libc.write(fd, p, (nuint)length) < 0)
            {
                errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) break;
                errno = 0;
            }
        }

        Libc.close(fd);
        return errno;
    }

    /// <summary>poll(2) on one kind of event. False when the time is over.</summary>
    internal static bool Poll(ReadOnlySpan<FdHandle> files, short events, TimeSpan timeout)
    {
        var deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        var fds = new PollFd[files.Length];
        for (var i = 0; i < fds.Length; i++) fds[i] = new PollFd { Fd = files[i].Value, Events = events };
        fixed (PollFd* p = fds)
        {
            while (true)
            {
                var left = (int)Math.Clamp(deadline - Environment.TickCount64, 0, int.MaxValue);
                var ready = PollNative(p, (nuint)fds.Length, left);
                if (ready >= 0)
                {
                    foreach (var file in files) GC.KeepAlive(file);
                    return ready > 0;
                }

                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR) throw new SyscallException("poll", errno);
            }
        }
    }

    internal static FdHandle EventFd()
    {
        var fd = EventFdNative(0, Sys.OCloExec | Sys.ONonBlock);
        return fd >= 0 ? new FdHandle(fd) : throw new SyscallException("eventfd", Marshal.GetLastPInvokeError());
    }

    /// <summary>A non-blocking inotify descriptor that watches one file.</summary>
    internal static FdHandle Watch(string path, uint mask)
    {
        var fd = InotifyInitNative(Sys.OCloExec | Sys.ONonBlock);
        if (fd < 0) throw new SyscallException("inotify_init1", Marshal.GetLastPInvokeError());
        var inotify = new FdHandle(fd);
        if (InotifyAddWatchNative(fd, path, mask) >= 0) return inotify;
        var errno = Marshal.GetLastPInvokeError();
        inotify.Dispose();
        throw new SyscallException($"inotify_add_watch {path}", errno);
    }

    /// <summary>One read(2) from a non-blocking descriptor: its length, 0 when there is nothing.</summary>
    internal static int ReadAvailable(FdHandle file, Span<byte> buffer, string subject)
    {
        fixed (byte* p = buffer)
        {
            var n = Libc.read(file.Value, p, (nuint)buffer.Length);
            var errno = n < 0 ? Marshal.GetLastPInvokeError() : 0;
            GC.KeepAlive(file);
            return errno switch
            {
                0 => (int)n,
                Errno.EAGAIN or Errno.EINTR => 0,
                _ => throw new SyscallException($"read {subject}", errno),
            };
        }
    }

    /// <summary>The file from its start, in one read(2): its length, or −1 when its cgroup is gone.</summary>
    internal static int Reread(FdHandle file, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            var n = Libc.lseek(file.Value, 0, 0) < 0 ? -1 : Libc.read(file.Value, p, (nuint)buffer.Length);
            GC.KeepAlive(file);
            return (int)n;
        }
    }

    /// <summary>pidfd_open(2), or null when the process is gone.</summary>
    internal static FdHandle? TryOpenPid(int pid)
    {
        var fd = Libc.syscall(SyscallNumber.PidfdOpen, pid, 0, 0, 0, 0, 0);
        if (fd >= 0) return new FdHandle((int)fd);
        var errno = Marshal.GetLastPInvokeError();
        // EINVAL: no longer the leader of a thread group.
        return errno is Errno.ESRCH or Errno.EINVAL ? null : throw new SyscallException($"pidfd_open {pid}", errno);
    }

    /// <summary>pidfd_send_signal(2): 0 or the errno.</summary>
    internal static int TrySignal(FdHandle process, int signal)
    {
        var result = Libc.syscall(SyscallNumber.PidfdSendSignal, process.Value, signal, 0, 0, 0, 0);
        var errno = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        GC.KeepAlive(process);
        return errno;
    }

    /// <summary>bpf(2) with the attribute union as bytes: the result, or −errno.</summary>
    internal static int Bpf(int command, Span<byte> attributes)
    {
        fixed (byte* p = attributes)
        {
            var result = Libc.syscall(SyscallNumber.Bpf, command, (nint)p, attributes.Length, 0, 0, 0);
            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>BPF_PROG_LOAD of a cgroup device filter: a descriptor, or −errno.</summary>
    internal static int BpfLoadDeviceProgram(ReadOnlySpan<ulong> instructions)
    {
        const int progLoad = 5;
        const uint typeCgroupDevice = 15;
        var license = "MIT\0"u8;
        Span<byte> attributes = stackalloc byte[72];
        attributes.Clear();
        fixed (ulong* code = instructions)
        fixed (byte* licenseText = license)
        {
            MemoryMarshal.Write(attributes, typeCgroupDevice);
            MemoryMarshal.Write(attributes[4..], (uint)instructions.Length);
            MemoryMarshal.Write(attributes[8..], (ulong)code);
            MemoryMarshal.Write(attributes[16..], (ulong)licenseText);
            DeviceProgramName.CopyTo(attributes[48..]);
            return Bpf(progLoad, attributes);
        }
    }

    /// <summary>BPF_OBJ_GET_INFO_BY_FD: whether the program has the name that <see cref="BpfLoadDeviceProgram"/> gives.</summary>
    internal static bool BpfIsOurs(FdHandle program)
    {
        const int objGetInfoByFd = 15;
        const int nameOffset = 64;
        // struct bpf_prog_info, as far as the name.
        Span<byte> info = stackalloc byte[nameOffset + 16];
        info.Clear();
        Span<byte> attributes = stackalloc byte[16];
        fixed (byte* p = info)
        {
            MemoryMarshal.Write(attributes, (uint)program.Value);
            MemoryMarshal.Write(attributes[4..], (uint)info.Length);
            MemoryMarshal.Write(attributes[8..], (ulong)p);
            var result = Bpf(objGetInfoByFd, attributes);
            GC.KeepAlive(program);
            return result >= 0 && info[nameOffset..].StartsWith(DeviceProgramName);
        }
    }

    private static ReadOnlySpan<byte> DeviceProgramName => "anocir_devices"u8;

    /// <summary>BPF_PROG_QUERY: ids of the device programs attached to the cgroup itself.</summary>
    internal static int BpfQueryDevicePrograms(FdHandle cgroup, Span<uint> ids, out int count)
    {
        const int progQuery = 16;
        const uint cgroupDevice = 6;
        Span<byte> attributes = stackalloc byte[32];
        attributes.Clear();
        fixed (uint* list = ids)
        {
            MemoryMarshal.Write(attributes, (uint)cgroup.Value);
            MemoryMarshal.Write(attributes[4..], cgroupDevice);
            MemoryMarshal.Write(attributes[16..], (ulong)list);
            MemoryMarshal.Write(attributes[24..], (uint)ids.Length);
            var result = Bpf(progQuery, attributes);
            count = (int)MemoryMarshal.Read<uint>(attributes[24..]);
            GC.KeepAlive(cgroup);
            return result;
        }
    }

    private struct PollFd
    {
        internal int Fd;
        internal short Events;
        internal short Revents;
    }
}
