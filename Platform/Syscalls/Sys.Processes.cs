using System.Globalization;
using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

public static unsafe partial class Sys
{
    private const int PrSetDumpable = 4;
    private const int PrSetChildSubreaper = 36;
    /// <summary>_IOWR(0xFF, 11, struct pidfd_info) of the first published size, 64 bytes (linux/pidfd.h, kernel 6.13).</summary>
    private const nuint PidfdGetInfo = 0xC040FF0B;
    private const ulong PidfdInfoExit = 1 << 3;
    private const int StartTimeField = 22 - 3;
    private const int ExitCodeField = 52 - 3;

    /// <summary>A pidfd, or null and the errno (ESRCH: no such process).</summary>
    public static FdHandle? TryOpenProcess(int pid, out int errno)
    {
        var fd = (int)Libc.syscall(SyscallNumber.PidfdOpen, pid, 0, 0, 0, 0, 0);
        errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        return fd < 0 ? null : new FdHandle(fd);
    }

    /// <summary>Sends a signal to the very process that the pidfd names: 0 or the errno.</summary>
    public static int SignalProcess(FdHandle pidfd, int signal)
    {
        var result = Libc.syscall(SyscallNumber.PidfdSendSignal, pidfd.Value, signal, 0, 0, 0, 0);
        var errno = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(pidfd);
        return errno;
    }

    /// <summary>Whether the process has ended; waits up to the given milliseconds for it, −1 is for ever.</summary>
    public static bool ProcessEnded(FdHandle pidfd, int milliseconds) => Poll(pidfd, 1, milliseconds) != 0;

    /// <summary>A copy of another process' descriptor (pidfd_getfd(2)), close-on-exec.</summary>
    /// <exception cref="SyscallException">It has none of that number, or is not ours to look into.</exception>
    public static FdHandle TakeDescriptor(FdHandle pidfd, int number)
    {
        var fd = Libc.syscall(SyscallNumber.PidfdGetFd, pidfd.Value, number, 0, 0, 0, 0);
        var errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        GC.KeepAlive(pidfd);
        return errno == 0 ? new FdHandle((int)fd) : throw new SyscallException($"take descriptor {number} of init", errno);
    }

    /// <summary>poll(2) of one descriptor; the events that came, 0 at the time limit.</summary>
    public static int Poll(FdHandle fd, short events, int milliseconds)
    {
        var entry = stackalloc int[2] { fd.Value, events };
        int count;
        do count = Libc.poll(entry, 1, milliseconds); while (count < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
        GC.KeepAlive(fd);
        return count > 0 ? entry[1] >> 16 : 0;
    }

    /// <summary>
    /// The wait status of a process that has ended, whoever its parent is. While it is a zombie, /proc/PID/stat tells (field 52); after
    /// its parent has waited for it, the pidfd does (PIDFD_GET_INFO with PIDFD_INFO_EXIT, kernel 6.15). Null where neither does.
    /// </summary>
    public static int? ExitStatus(FdHandle pidfd, int pid, long startTime)
    {
        if (StatFields(pid) is { } fields && fields[0] == "Z" && long.Parse(fields[StartTimeField], CultureInfo.InvariantCulture) == startTime)
            return int.Parse(fields[ExitCodeField], CultureInfo.InvariantCulture);
        var info = stackalloc byte[64];
        new Span<byte>(info, 64).Clear();
        *(ulong*)info = PidfdInfoExit;
        var result = Libc.ioctl(pidfd.Value, PidfdGetInfo, info);
        GC.KeepAlive(pidfd);
        // struct pidfd_info: mask, cgroupid, pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid, exit_code
        return result == 0 && (*(ulong*)info & PidfdInfoExit) != 0 ? *(int*)(info + 60) : null;
    }

    /// <summary>Waits for a child of ours: its wait status, or null when it is no child of ours.</summary>
    public static int? WaitForChild(int pid)
    {
        int status;
        int result;
        do result = Libc.waitpid(pid, &status, 0); while (result < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
        return result == pid ? status : null;
    }

    /// <summary>Nobody without CAP_SYS_PTRACE over us may look into /proc/PID or attach.</summary>
    public static void BecomeUndumpable() => Libc.prctl(PrSetDumpable, 0, 0, 0, 0);

    /// <summary>Takes <see cref="BecomeUndumpable"/> back.</summary>
    public static void BecomeDumpable() => Libc.prctl(PrSetDumpable, 1, 0, 0, 0);

    /// <summary>Sets the name of the calling thread, which is the process' own where it is the main one; 15 bytes of ASCII.</summary>
    public static void NameProcess(string name)
    {
        const int PrSetName = 15;
        var bytes = stackalloc byte[16];
        new Span<byte>(bytes, 16).Clear();
        System.Text.Encoding.ASCII.GetBytes(name, new Span<byte>(bytes, 15));
        Libc.prctl(PrSetName, (nuint)bytes, 0, 0, 0);
    }

    /// <summary>The name of a process, a zombie's too; null when there is no such process.</summary>
    public static string? ProcessName(int pid)
    {
        var stat = KernelFile.TryRead(null, string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"), out _);
        return stat?[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..stat.LastIndexOf(')')];
    }

    /// <summary>Orphans among our descendants become our children.</summary>
    public static void BecomeSubreaper() => Libc.prctl(PrSetChildSubreaper, 1, 0, 0, 0);

    /// <summary>Field 22 of /proc/PID/stat, clock ticks from boot to the process' start; null when there is no such process.</summary>
    public static long? ProcessStartTime(int pid) =>
        StatFields(pid) is { } fields ? long.Parse(fields[StartTimeField], CultureInfo.InvariantCulture) : null;

    /// <summary>/proc/PID/stat from its third field on (proc(5)); null when there is no such process.</summary>
    private static string[]? StatFields(int pid)
    {
        var stat = KernelFile.TryRead(null, string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"), out _);
        // The name in parentheses may hold anything, spaces and parentheses too: count from the last one.
        return stat?[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }
}
