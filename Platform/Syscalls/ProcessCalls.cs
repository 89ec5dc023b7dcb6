using System.Runtime.InteropServices;
using System.Text;

namespace Anocir.Platform.Syscalls;

/// <summary>
/// Calls that change the calling process, or rather its one thread: all go straight to the kernel, since the C library's setuid and
/// setgroups try to change every thread. Results are 0 (or the value) or a positive errno, as each says.
/// </summary>
internal static unsafe class ProcessCalls
{
    internal const int PrSetPdeathSig = 1;
    private const int PrGetPdeathSig = 2;
    internal const int PrGetDumpable = 3;
    internal const int PrSetDumpable = 4;
    internal const int PrSetKeepCaps = 8;
    internal const int PrCapBSetRead = 23;
    internal const int PrCapBSetDrop = 24;
    internal const int PrSetNoNewPrivs = 38;
    internal const int PrCapAmbient = 47;
    internal const nint PrCapAmbientRaise = 2;
    internal const nint PrCapAmbientClearAll = 4;

    internal const int PathMax = 4096;
    private const int FGetFd = 1;
    private const int FSetFd = 2;
    private const int FdCloExec = 1;

    private static bool X64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    internal static nint Execve => X64 ? 59 : 221;
    private static nint Chdir => X64 ? 80 : 49;
    private static nint GetCwd => X64 ? 79 : 17;
    private static nint UmaskCall => X64 ? 95 : 166;
    private static nint PersonalityCall => X64 ? 135 : 92;
    private static nint PrctlCall => X64 ? 157 : 167;
    private static nint PrLimit64 => X64 ? 302 : 261;
    private static nint SetFsUidCall => X64 ? 122 : 151;
    private static nint SetFsGidCall => X64 ? 123 : 152;
    private static nint FAccessAt2 => 439;

    /// <summary>The result, or −errno.</summary>
    internal static nint Raw(nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0)
    {
        var result = Libc.syscall(number, a, b, c, d, e, f);
        return result == -1 ? -Marshal.GetLastPInvokeError() : result;
    }

    private static int ToErrno(nint result) => result < 0 ? (int)-result : 0;

    /// <summary>The result, or −errno.</summary>
    internal static int Prctl(int option, nint a = 0, nint b = 0) => (int)Raw(PrctlCall, option, a, b);

    /// <summary>0 when there is none.</summary>
    internal static int ParentDeathSignal()
    {
        var signal = 0;
        return Prctl(PrGetPdeathSig, (nint)(&signal)) == 0 ? signal : 0;
    }

    internal static int ChangeDirectory(string path)
    {
        fixed (byte* p = Terminated(path)) return ToErrno(Raw(Chdir, (nint)p));
    }

    /// <summary>The kernel's own answer, which begins with "(unreachable)" outside the root; null and the errno when there is none.</summary>
    internal static string? CurrentDirectory(out int errno)
    {
        var buffer = stackalloc byte[PathMax];
        var length = Raw(GetCwd, (nint)buffer, PathMax);
        errno = ToErrno(length);
        return errno == 0 ? Encoding.UTF8.GetString(buffer, (int)length - 1) : null;
    }

    internal static void Umask(uint mask) => Raw(UmaskCall, (nint)mask);

    internal static int Personality(uint persona) => ToErrno(Raw(PersonalityCall, (nint)persona));

    /// <summary>Whether a file may be executed under the thread's present fsuid, groups and capabilities.</summary>
    internal static int CanExecute(string path)
    {
        const nint XOk = 1;
        const nint AtEAccess = 0x200;
        fixed (byte* p = Terminated(path)) return ToErrno(Raw(FAccessAt2, Sys.AtFdCwd, (nint)p, XOk, AtEAccess));
    }

    internal static int GetLimit(int pid, int resource, out ResourceLimits limits)
    {
        fixed (ResourceLimits* p = &limits) return ToErrno(Raw(PrLimit64, pid, resource, 0, (nint)p));
    }

    internal static int SetLimit(int pid, int resource, ResourceLimits limits) => ToErrno(Raw(PrLimit64, pid, resource, (nint)(&limits)));

    internal static int SetScheduler(SchedulerAttributes attributes)
    {
        attributes.Size = (uint)sizeof(SchedulerAttributes);
        return ToErrno(Raw(SyscallNumber.SchedSetAttr, 0, (nint)(&attributes)));
    }

    internal static int SetIoPriority(int value)
    {
        const nint IoPrioWhoProcess = 1;
        return ToErrno(Raw(SyscallNumber.IoPrioSet, IoPrioWhoProcess, 0, value));
    }

    /// <param name="nodes">A bit per node, 64 to a word; none for a policy without nodes.</param>
    internal static int SetMemoryPolicy(int mode, ReadOnlySpan<ulong> nodes)
    {
        // The kernel reads one bit fewer than it is told (get_nodes in mm/mempolicy.c).
        fixed (ulong* p = nodes) return ToErrno(Raw(SyscallNumber.SetMempolicy, mode, (nint)p, nodes.IsEmpty ? 0 : nodes.Length * 64 + 1));
    }

    internal static int SetGroups(ReadOnlySpan<uint> groups)
    {
        fixed (uint* p = groups) return ToErrno(Raw(SyscallNumber.SetGroups, groups.Length, (nint)p));
    }

    internal static int SetGid(uint gid) => ToErrno(Raw(SyscallNumber.SetResGid, (nint)gid, (nint)gid, (nint)gid));

    internal static int SetUid(uint uid) => ToErrno(Raw(SyscallNumber.SetResUid, (nint)uid, (nint)uid, (nint)uid));

    /// <summary>The id until now. Never fails; an id that is not mapped changes nothing.</summary>
    internal static uint SetFsUid(uint uid) => (uint)Raw(SetFsUidCall, (nint)uid);

    internal static uint SetFsGid(uint gid) => (uint)Raw(SetFsGidCall, (nint)gid);

    internal static int GetCapabilities(out CapabilityState state)
    {
        var header = CapabilityHeader.OfThisThread;
        CapabilityData low, high;
        var data = stackalloc CapabilityData[2];
        var errno = ToErrno(Raw(SyscallNumber.CapGet, (nint)(&header), (nint)data));
        (low, high) = (data[0], data[1]);
        state = new CapabilityState(
            low.Effective | (ulong)high.Effective << 32,
            low.Permitted | (ulong)high.Permitted << 32,
            low.Inheritable | (ulong)high.Inheritable << 32);
        return errno;
    }

    internal static int SetCapabilities(CapabilityState state)
    {
        var header = CapabilityHeader.OfThisThread;
        var data = stackalloc CapabilityData[2];
        state.Split(data);
        return ToErrno(Raw(SyscallNumber.CapSet, (nint)(&header), (nint)data));
    }

    /// <summary>Joins or makes a session keyring of that name: its serial, or −errno.</summary>
    internal static int JoinSessionKeyring(string name)
    {
        const nint KeyCtlJoinSessionKeyring = 1;
        fixed (byte* p = Terminated(name)) return (int)Raw(SyscallNumber.KeyCtl, KeyCtlJoinSessionKeyring, (nint)p);
    }

    /// <summary>"type;uid;gid;perm;name", or null and the errno.</summary>
    internal static string? DescribeKey(int key, out int errno)
    {
        const nint KeyCtlDescribe = 6;
        var buffer = stackalloc byte[PathMax];
        var length = Raw(SyscallNumber.KeyCtl, KeyCtlDescribe, key, (nint)buffer, PathMax);
        errno = ToErrno(length);
        return errno == 0 && length is > 0 and <= PathMax ? Encoding.UTF8.GetString(buffer, (int)length - 1) : null;
    }

    internal static int SetKeyPermissions(int key, uint permissions)
    {
        const nint KeyCtlSetPerm = 5;
        return ToErrno(Raw(SyscallNumber.KeyCtl, KeyCtlSetPerm, key, (nint)permissions));
    }

    internal static int OpenProc(FdHandle procfs, string path, int flags, out FdHandle? file)
    {
        // Beneath, on the same mount, through no magic link: /proc/thread-self is an ordinary link and passes.
        const ulong ResolveNoXdev = 1, ResolveNoMagicLinks = 2, ResolveBeneath = 8;
        var how = stackalloc ulong[3] { (ulong)(flags | Sys.OCloExec), 0, ResolveNoXdev | ResolveNoMagicLinks | ResolveBeneath };
        nint fd;
        fixed (byte* p = Terminated(path)) fd = Raw(SyscallNumber.OpenAt2, procfs.Value, (nint)p, (nint)how, 3 * sizeof(ulong));
        GC.KeepAlive(procfs);
        file = fd >= 0 ? new FdHandle((int)fd) : null;
        return ToErrno(fd);
    }

    /// <summary>Whether a descriptor is on a procfs.</summary>
    internal static bool IsProc(FdHandle file)
    {
        const long ProcSuperMagic = 0x9fa0;
        var statfs = stackalloc long[16]; // struct statfs: 120 bytes, f_type first
        return Libc.fstatfs(file.Value, statfs) == 0 && statfs[0] == ProcSuperMagic;
    }

    /// <summary>statx of an open descriptor, or of a path from the working directory when <paramref name="fd"/> is null.</summary>
    internal static int Stat(int? fd, string path, out FileFacts facts)
    {
        const nint StatxBasicStats = 0x7ff;
        var statx = stackalloc byte[256];
        nint result;
        fixed (byte* p = Terminated(path))
            result = Raw(SyscallNumber.Statx, fd ?? Sys.AtFdCwd, (nint)p, fd is null ? 0 : Sys.AtEmptyPath, StatxBasicStats, (nint)statx);
        facts = new FileFacts(*(ushort*)(statx + 28), *(uint*)(statx + 20), *(uint*)(statx + 128), *(uint*)(statx + 132));
        return ToErrno(result);
    }

    /// <summary>Marks every descriptor from <paramref name="first"/> on close-on-exec.</summary>
    internal static void CloseOnExecFrom(int first)
    {
        const nint CloseRangeCloExec = 4;
        if (Raw(SyscallNumber.CloseRange, first, unchecked((nint)uint.MaxValue), CloseRangeCloExec) == 0) return;
        // Before Linux 5.11, or refused by a filter: one by one, as far as a descriptor can be.
        GetLimit(0, 7, out var limit);
        var end = (int)Math.Min(limit.Hard, 1 << 20);
        for (var fd = first; fd < end; fd++) SetCloseOnExec(fd, true);
    }

    internal static int SetCloseOnExec(int fd, bool on)
    {
        var flags = Libc.fcntl(fd, FGetFd, 0);
        if (flags < 0) return Marshal.GetLastPInvokeError();
        var wanted = on ? flags | FdCloExec : flags & ~FdCloExec;
        return wanted == flags || Libc.fcntl(fd, FSetFd, wanted) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    internal static FdHandle MemoryFile(string name)
    {
        const nint MfdCloExec = 1;
        fixed (byte* p = Terminated(name))
        {
            var fd = Raw(SyscallNumber.MemfdCreate, (nint)p, MfdCloExec);
            return fd >= 0 ? new FdHandle((int)fd) : throw new SyscallException($"memfd_create {name}", ToErrno(fd));
        }
    }

    /// <summary>Whether the kernel takes a flag of SECCOMP_SET_MODE_FILTER: with no filter given, a flag it knows gets as far as EFAULT.</summary>
    internal static bool SeccompTakes(uint flag)
    {
        const int EFault = 14;
        return Raw(SyscallNumber.Seccomp, ExecImage.SeccompSetModeFilter, (nint)flag, 0) == -EFault;
    }

    private static byte[] Terminated(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
