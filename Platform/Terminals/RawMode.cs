using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Terminals;

/// <summary>The user's own terminal in raw mode, put back as it was on <see cref="Dispose"/>.</summary>
public sealed class RawMode : IDisposable
{
    private readonly FdHandle _terminal;
    private readonly KernelTermios _before;
    private bool _restored;

    private RawMode(FdHandle terminal, KernelTermios before)
    {
        _terminal = terminal;
        _before = before;
    }

    /// <summary>Makes a terminal raw; null where the descriptor is none. The descriptor stays the caller's and must outlive this.</summary>
    /// <exception cref="SyscallException">The terminal does not take it.</exception>
    public static RawMode? Enter(FdHandle terminal)
    {
        var errno = Sys.TryGetTermios(terminal, out var before);
        if (errno is Errno.ENOTTY or Errno.EINVAL) return null;
        if (errno != 0) throw new SyscallException("get terminal mode", errno);
        errno = Sys.TrySetTermios(terminal, Sys.MakeRaw(before));
        if (errno != 0) throw new SyscallException("set terminal mode", errno);
        return new RawMode(terminal, before);
    }

    /// <summary>Puts the mode back, once. A terminal that has hung up is left alone.</summary>
    public void Dispose()
    {
        if (_restored) return;
        _restored = true;
        Sys.TrySetTermios(_terminal, _before);
    }
}
