using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

/// <summary>Numbers of the calls that go through <c>syscall(2)</c>. From 424 on, x86-64 and arm64 share one table.</summary>
internal static class SyscallNumber
{
    private static bool X64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    internal static nint Read => X64 ? 0 : 63;
    internal static nint Write => X64 ? 1 : 64;
    internal static nint ExitGroup => X64 ? 231 : 94;
    internal static nint PivotRoot => X64 ? 155 : 41;
    internal static nint KeyCtl => X64 ? 250 : 219;
    internal static nint IoPrioSet => X64 ? 251 : 30;
    internal static nint SchedSetAffinity => X64 ? 203 : 122;
    internal static nint SchedSetAttr => X64 ? 314 : 274;
    internal static nint Seccomp => X64 ? 317 : 277;
    internal static nint MemfdCreate => X64 ? 319 : 279;
    internal static nint Bpf => X64 ? 321 : 280;
    internal static nint ExecveAt => X64 ? 322 : 281;
    internal static nint Statx => X64 ? 332 : 291;
    internal static nint CapSet => X64 ? 126 : 91;
    internal static nint CapGet => X64 ? 125 : 90;
    internal static nint SetUid => X64 ? 105 : 146;
    internal static nint SetGid => X64 ? 106 : 144;
    internal static nint SetGroups => X64 ? 116 : 159;
    internal static nint SetResUid => X64 ? 117 : 147;
    internal static nint SetResGid => X64 ? 119 : 149;
    internal static nint RtSigAction => X64 ? 13 : 134;
    internal static nint RtSigProcMask => X64 ? 14 : 135;
    internal static nint WaitId => X64 ? 247 : 95;
    internal static nint SetMempolicy => X64 ? 238 : 237;
    internal static nint PidfdSendSignal => 424;
    internal static nint OpenTree => 428;
    internal static nint MoveMount => 429;
    internal static nint FsOpen => 430;
    internal static nint FsConfig => 431;
    internal static nint FsMount => 432;
    internal static nint FsPick => 433;
    internal static nint PidfdOpen => 434;
    internal static nint Clone3 => 435;
    internal static nint CloseRange => 436;
    internal static nint OpenAt2 => 437;
    internal static nint PidfdGetFd => 438;
    internal static nint MountSetAttr => 442;
}
