using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Waiting;

/// <summary>Turns readiness of file descriptors into calls, on one thread of its own.</summary>
public interface IReactor
{
    /// <summary>Calls <paramref name="ready"/> once, on the reactor's thread, when the descriptor is ready. Watch again for the next time.</summary>
    /// <remarks>Disposing what is returned, before the descriptor is closed, ends the watch. The callback must not block.</remarks>
    IDisposable Watch(FdHandle fd, ReactorEvents events, Action<ReactorEvents> ready);
}

/// <summary>What a descriptor is ready for; the values are those of epoll(7).</summary>
[Flags]
public enum ReactorEvents
{
    None = 0,
    Readable = 1,
    Writable = 4,
    HangUp = 16,
}
