using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Waiting;

/// <summary>What a descriptor is ready for; the values are epoll's.</summary>
[Flags]
public enum ReactorEvents
{
    None = 0,
    Readable = 1,
    Writable = 4,
    HangUp = 16,
}

/// <summary>Waits for many descriptors at once.</summary>
public interface IReactor
{
    /// <summary>
    /// Calls <paramref name="ready"/> once, on the reactor's own thread, when the descriptor is ready; watch again to hear again.
    /// The callback must be short. Disposing the registration ends it: when Dispose returns, the callback neither runs nor will (but
    /// from within the callback it returns at once). The descriptor must be kept open until then. A caller of Dispose must not hold a
    /// lock that the callback waits for.
    /// </summary>
    /// <exception cref="InvalidOperationException">The descriptor is being watched already; a duplicate of it can be watched too.</exception>
    /// <exception cref="SyscallException">EPERM: a regular file, a directory or /dev/null, which are always ready.</exception>
    IDisposable Watch(FdHandle fd, ReactorEvents events, Action<ReactorEvents> ready);
}
