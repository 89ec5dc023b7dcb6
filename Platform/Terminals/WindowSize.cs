using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Terminals;

/// <summary>Size of a terminal in characters.</summary>
public readonly record struct WindowSize(ushort Rows, ushort Columns)
{
    /// <summary>The size of a terminal, or null where the descriptor is none.</summary>
    public static WindowSize? Of(FdHandle terminal) => Sys.TryGetWindowSize(terminal, out var rows, out var columns) == 0 ? new WindowSize(rows, columns) : null;

    /// <summary>Sets the size of a terminal (or of its master); its foreground group gets SIGWINCH.</summary>
    /// <exception cref="SyscallException">ENOTTY.</exception>
    public void Apply(FdHandle terminal)
    {
        var errno = Sys.TrySetWindowSize(terminal, Rows, Columns);
        if (errno != 0) throw new SyscallException($"set terminal size {Columns}x{Rows}", errno);
    }
}
