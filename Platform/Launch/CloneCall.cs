using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Launch;

/// <summary>clone3(2) without a new stack: fork with flags. Only for a process that has no other managed thread.</summary>
internal static unsafe class CloneCall
{
    internal const ulong Pidfd = 0x1000;
    internal const ulong Parent = 0x8000;
    internal const ulong Files = 0x400;
    internal const ulong IntoCgroup = 0x200000000;

    /// <summary>0 in the child, the child's pid in the parent, −1 and errno on failure.</summary>
    internal static int Clone(CloneArguments arguments) =>
        (int)Libc.syscall(SyscallNumber.Clone3, (nint)(&arguments), sizeof(CloneArguments), 0, 0, 0, 0);
}
