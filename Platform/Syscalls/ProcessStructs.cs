using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

/// <summary>struct rlimit64</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ResourceLimits(ulong Soft, ulong Hard);

/// <summary>struct sched_attr, as of Linux 5.3</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SchedulerAttributes
{
    internal uint Size;
    internal uint Policy;
    internal ulong Flags;
    internal int Nice;
    internal uint Priority;
    internal ulong Runtime;
    internal ulong Deadline;
    internal ulong Period;
    internal uint UtilMin;
    internal uint UtilMax;
}

/// <summary>struct __user_cap_header_struct</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityHeader
{
    internal uint Version;
    internal int Pid;

    /// <summary>_LINUX_CAPABILITY_VERSION_3: two data structs, 64 capabilities.</summary>
    internal static CapabilityHeader OfThisThread => new() { Version = 0x2008_0522 };
}

/// <summary>struct __user_cap_data_struct</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityData
{
    internal uint Effective;
    internal uint Permitted;
    internal uint Inheritable;
}

/// <summary>The three sets that capset(2) takes, whole.</summary>
internal readonly record struct CapabilityState(ulong Effective, ulong Permitted, ulong Inheritable)
{
    internal unsafe void Split(CapabilityData* two)
    {
        two[0] = new CapabilityData { Effective = (uint)Effective, Permitted = (uint)Permitted, Inheritable = (uint)Inheritable };
        two[1] = new CapabilityData { Effective = (uint)(Effective >> 32), Permitted = (uint)(Permitted >> 32), Inheritable = (uint)(Inheritable >> 32) };
    }
}

/// <summary>struct sock_fprog</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FilterProgram
{
    internal ushort Length;
    internal byte* Instructions;
}

/// <summary>The kernel's struct sigaction, which is not the C library's. All zero: the default disposition.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelSigAction
{
    internal nint Handler;
    internal nuint Flags;
    internal nint Restorer;
    internal ulong Mask;
}

/// <summary>What statx(2) tells here.</summary>
internal readonly record struct FileFacts(ushort Mode, uint Uid, uint DeviceMajor, uint DeviceMinor)
{
    private const int TypeMask = 0xf000;

    internal bool IsDirectory => (Mode & TypeMask) == 0x4000;
    internal bool IsRegular => (Mode & TypeMask) == 0x8000;
    internal bool IsCharacterDevice => (Mode & TypeMask) == 0x2000;
    internal bool IsBlockDevice => (Mode & TypeMask) == 0x6000;
}
