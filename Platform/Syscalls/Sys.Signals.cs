using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

public static unsafe partial class Sys
{
    public const int SigPipe = 13;

    /// <summary>Gives a signal its default disposition back, which .NET's start has taken from it.</summary>
    public static void RestoreSignal(int signal)
    {
        const int SignalSetSize = 8;
        KernelSigAction byDefault = default;
        if (Libc.syscall(SyscallNumber.RtSigAction, signal, (nint)(&byDefault), 0, SignalSetSize, 0, 0) != 0)
            throw new SyscallException($"restore signal {signal}", Marshal.GetLastPInvokeError());
    }
}
