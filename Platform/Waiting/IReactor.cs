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
    /// The callback must be short. Disposing the registration ends it; the descriptor must be kept open until then.
    /// </summary>
    IDisposable Watch(FdHandle fd, ReactorEvents events, Action<ReactorEvents> ready);
}
