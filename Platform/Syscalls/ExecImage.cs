using System.Runtime.InteropServices;
using System.Text;

namespace Anocir.Platform.Syscalls;

/// <summary>
/// Everything the last steps before the user's program need, laid out in memory of our own beforehand: under the program's seccomp filter
/// and limits even the garbage collector may be refused its system calls, so from <see cref="LoadFilter"/> on nothing is allocated.
/// </summary>
internal sealed unsafe class ExecImage : IDisposable
{
    internal const nint SeccompSetModeFilter = 1;

    private readonly List<nint> _blocks = [];
    private readonly byte* _path;
    private readonly byte** _args;
    private readonly byte** _env;
    private readonly FilterProgram* _filter;
    private readonly uint _filterFlags;
    private readonly CapabilityHeader* _capabilityHeader;
    private readonly CapabilityData* _capabilityData;
    private readonly KernelSigAction* _defaultAction;
    private readonly nint _capSet = SyscallNumber.CapSet;
    private readonly nint _seccomp = SyscallNumber.Seccomp;
    private readonly nint _execve = ProcessCalls.Execve;

    internal ExecImage(string path, IReadOnlyList<string> args, IReadOnlyList<string> env, ReadOnlySpan<byte> filter, uint filterFlags)
    {
        _path = Text(path);
        _args = Texts(args);
        _env = Texts(env);
        _capabilityHeader = (CapabilityHeader*)Block(sizeof(CapabilityHeader));
        *_capabilityHeader = CapabilityHeader.OfThisThread;
        _capabilityData = (CapabilityData*)Block(2 * sizeof(CapabilityData));
        _defaultAction = (KernelSigAction*)Block(sizeof(KernelSigAction));
        if (filter.IsEmpty) return;
        _filterFlags = filterFlags;
        _filter = (FilterProgram*)Block(sizeof(FilterProgram));
        _filter->Length = (ushort)(filter.Length / 8);
        _filter->Instructions = Block(filter.Length);
        filter.CopyTo(new Span<byte>(_filter->Instructions, filter.Length));
    }

    /// <summary>
    /// Loads the filter and then, as its only other call, sets the capabilities. Without no_new_privs the kernel asks for
    /// CAP_SYS_ADMIN to load a filter, so the sets that lack it come second.
    /// </summary>
    /// <returns>0, or the errno: of loading if <paramref name="filterRefused"/>, else of capset.</returns>
    internal int LoadFilter(CapabilityState? afterwards, Action<int>? onListener, out bool filterRefused)
    {
        var setCapabilities = afterwards is not null;
        if (afterwards is { } state) state.Split(_capabilityData);
        // The first call through the gate may have to bind or compile it.
        Libc.syscall(_capSet, 0, 0, 0, 0, 0, 0);
        filterRefused = false;
        var listener = Libc.syscall(_seccomp, SeccompSetModeFilter, (nint)_filterFlags, (nint)_filter, 0, 0, 0);
        if (listener < 0)
        {
            filterRefused = true;
            return Marshal.GetLastPInvokeError();
        }

        if (onListener is not null && (_filterFlags & Security.SeccompFlags.NewListener) != 0) onListener((int)listener);
        if (!setCapabilities) return 0;
        return Libc.syscall(_capSet, (nint)_capabilityHeader, (nint)_capabilityData, 0, 0, 0, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Every signal back to its default action, and none blocked: execve resets handlers, but keeps what is ignored (the runtime ignores SIGPIPE) or blocked.</summary>
    internal void ResetSignals()
    {
        const int SigSetMask = 2;
        const int SignalSetSize = 8;
        var none = 0UL;
        // KILL and STOP answer EINVAL, which is as good.
        for (var signal = 1; signal <= 64; signal++)
            Libc.syscall(SyscallNumber.RtSigAction, signal, (nint)_defaultAction, 0, SignalSetSize, 0, 0);
        Libc.syscall(SyscallNumber.RtSigProcMask, SigSetMask, (nint)(&none), 0, SignalSetSize, 0, 0);
    }

    /// <summary>execve(2): returns only to give the errno.</summary>
    internal int Execute()
    {
        Libc.syscall(_execve, (nint)_path, (nint)_args, (nint)_env, 0, 0, 0);
        return Marshal.GetLastPInvokeError();
    }

    public void Dispose()
    {
        foreach (var block in _blocks) NativeMemory.Free((void*)block);
        _blocks.Clear();
    }

    private byte* Block(int size)
    {
        var block = (byte*)NativeMemory.AllocZeroed((nuint)size);
        _blocks.Add((nint)block);
        return block;
    }

    private byte* Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var bytes = Block(length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, length));
        return bytes;
    }

    private byte** Texts(IReadOnlyList<string> texts)
    {
        var array = (byte**)Block((texts.Count + 1) * sizeof(byte*));
        for (var i = 0; i < texts.Count; i++) array[i] = Text(texts[i]);
        return array;
    }
}
