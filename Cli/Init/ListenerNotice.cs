using System.Runtime.InteropServices;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Init;

/// <summary>
/// Tells the supervisor of a seccomp filter's listener, under that filter: two system calls on memory laid out beforehand, write(2), which no
/// filter may hand on, and read(2).
/// </summary>
internal sealed unsafe class ListenerNotice : IDisposable
{
    /// <summary>Kind, flags and a number: a frame as <see cref="Channel"/> has it.</summary>
    private const int Length = 6;
    private readonly byte* _frame = (byte*)NativeMemory.AllocZeroed(Length);
    private readonly int _channel;
    private readonly nint _write = SyscallNumber.Write;
    private readonly nint _read = SyscallNumber.Read;
    private readonly nint _exit = SyscallNumber.ExitGroup;

    public ListenerNotice(Channel channel)
    {
        _channel = channel.Socket.Value;
        Tell = Say;
    }

    public Action<int> Tell { get; }

    public void Dispose() => NativeMemory.Free(_frame);

    private void Say(int listener)
    {
        _frame[0] = (byte)FrameKind.SeccompListener;
        _frame[1] = 0;
        *(int*)(_frame + 2) = listener;
        // Without an agent the program would wait for ever at its first call: better no program.
        if (Libc.syscall(_write, _channel, (nint)_frame, Length, 0, 0, 0) != Length) Libc.syscall(_exit, 1, 0, 0, 0, 0, 0);
        if (Libc.syscall(_read, _channel, (nint)_frame, Length, 0, 0, 0) < 2 || _frame[0] != (byte)FrameKind.Continue) Libc.syscall(_exit, 1, 0, 0, 0, 0, 0);
    }
}
