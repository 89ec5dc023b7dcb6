using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Waiting;

/// <summary>One thread in epoll_wait(2): pidfds, sockets, inotify and terminals become callbacks. It sleeps when nothing happens.</summary>
public sealed unsafe class Reactor : IReactor, IDisposable
{
    private const int EpollCloExec = 0x80000;
    private const int EpollCtlAdd = 1;
    private const int EpollCtlDel = 2;
    private const int EpollCtlMod = 3;
    private const uint EpollOneShot = 1u << 30;

    private readonly FdHandle _epoll;
    private readonly FdHandle _stop;
    private readonly ConcurrentDictionary<ulong, Registration> _registrations = new();
    /// <summary>By descriptor number: the registration that epoll's set holds for it, fired or not.</summary>
    private readonly ConcurrentDictionary<int, ulong> _latest = new();
    private readonly Thread _thread;
    private long _lastToken;

    public Reactor()
    {
        _epoll = new FdHandle(Libc.epoll_create1(EpollCloExec));
        if (_epoll.IsInvalid) throw new SyscallException("epoll_create1", Marshal.GetLastPInvokeError());
        _stop = new FdHandle(Libc.eventfd(0, EpollCloExec));
        Control(EpollCtlAdd, _stop.Value, (uint)ReactorEvents.Readable, 0);
        _thread = new Thread(Loop) { IsBackground = true, Name = "reactor" };
        _thread.Start();
    }

    public IDisposable Watch(FdHandle fd, ReactorEvents events, Action<ReactorEvents> ready)
    {
        ObjectDisposedException.ThrowIf(fd.IsClosed, fd);
        var token = (ulong)Interlocked.Increment(ref _lastToken);
        var registration = new Registration(this, token, fd, ready);
        _registrations[token] = registration;
        _latest.TryGetValue(fd.Value, out var before);
        _latest[fd.Value] = token;
        var errno = Control(EpollCtlAdd, fd.Value, (uint)events | EpollOneShot, token);
        if (errno == Errno.EEXIST)
        {
            if (_registrations.ContainsKey(before))
            {
                _latest[fd.Value] = before;
                _registrations.TryRemove(token, out _);
                throw new InvalidOperationException("the descriptor is being watched already");
            }

            // A one-shot registration that has fired stays in epoll's set until its descriptor is closed: renew it.
            errno = Control(EpollCtlMod, fd.Value, (uint)events | EpollOneShot, token);
        }

        if (errno == 0) return registration;
        _registrations.TryRemove(token, out _);
        throw new SyscallException("epoll_ctl", errno);
    }

    public void Dispose()
    {
        ulong one = 1;
        Libc.write(_stop.Value, &one, sizeof(ulong));
        if (Thread.CurrentThread != _thread) _thread.Join();
        _epoll.Dispose();
        _stop.Dispose();
    }

    private void Loop()
    {
        const int Batch = 64;
        var events = stackalloc byte[Batch * EpollEvent.Size];
        while (true)
        {
            var count = Libc.epoll_wait(_epoll.Value, events, Batch, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != Errno.EINTR) throw new SyscallException("epoll_wait", Marshal.GetLastPInvokeError());
            for (var i = 0; i < count; i++)
            {
                var (ready, token) = EpollEvent.Read(events + i * EpollEvent.Size);
                if (token == 0) return;
                if (_registrations.TryRemove(token, out var registration)) registration.Fire((ReactorEvents)ready);
            }
        }
    }

    private int Control(int operation, int fd, uint events, ulong token)
    {
        var ev = stackalloc byte[EpollEvent.Size];
        EpollEvent.Write(ev, events, token);
        return Libc.epoll_ctl(_epoll.Value, operation, fd, ev) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private sealed class Registration(Reactor reactor, ulong token, FdHandle fd, Action<ReactorEvents> ready) : IDisposable
    {
        // Held while the callback runs, so that Dispose waits for it; a thread that is in the callback passes.
        private readonly Lock _running = new();
        private bool _over;

        internal void Fire(ReactorEvents events)
        {
            lock (_running)
            {
                if (_over) return;
                _over = true;
                ready(events);
            }
        }

        public void Dispose()
        {
            lock (_running)
            {
                if (_over) return;
                _over = true;
                // One that has been taken out to be fired may have been renewed under another token: it is no longer ours to remove.
                if (reactor._registrations.TryRemove(token, out _) && !fd.IsClosed) reactor.Control(EpollCtlDel, fd.Value, 0, 0);
            }
        }
    }

    /// <summary>struct epoll_event: packed on x86-64 only (sys/epoll.h).</summary>
    private static class EpollEvent
    {
        private static readonly int _dataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

        internal static int Size { get; } = _dataOffset + 8;

        internal static void Write(byte* at, uint events, ulong data)
        {
            *(uint*)at = events;
            *(ulong*)(at + _dataOffset) = data;
        }

        internal static (uint Events, ulong Data) Read(byte* at) => (*(uint*)at, *(ulong*)(at + _dataOffset));
    }
}
