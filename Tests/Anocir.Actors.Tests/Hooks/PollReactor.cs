using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Tests.Hooks;

/// <summary>The reactor of these tests: poll(2) on a thread.</summary>
internal sealed unsafe partial class PollReactor : IReactor, IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Registration> _registrations = [];
    private readonly FdHandle _wakeRead;
    private readonly FdHandle _wakeWrite;
    private readonly Thread _thread;
    private bool _stopping;

    internal PollReactor()
    {
        var fds = stackalloc int[2];
        Assert(pipe2(fds, 0x80000 | 0x800) == 0, "pipe2");
        (_wakeRead, _wakeWrite) = (new FdHandle(fds[0]), new FdHandle(fds[1]));
        _thread = new Thread(Run) { IsBackground = true, Name = "poll reactor" };
        _thread.Start();
    }

    internal int Watches
    {
        get
        {
            lock (_lock) return _registrations.Count;
        }
    }

    public IDisposable Watch(FdHandle fd, ReactorEvents events, Action<ReactorEvents> ready)
    {
        var registration = new Registration(this, fd, events, ready);
        lock (_lock) _registrations.Add(registration);
        Wake();
        return registration;
    }

    public void Dispose()
    {
        lock (_lock) _stopping = true;
        Wake();
        _thread.Join();
        _wakeRead.Dispose();
        _wakeWrite.Dispose();
    }

    private void Wake() => Sys.TryWrite(_wakeWrite, [1]);

    private void Run()
    {
        var drop = stackalloc byte[64];
        while (true)
        {
            Registration[] watched;
            lock (_lock)
            {
                if (_stopping) return;
                watched = [.. _registrations];
            }

            var polled = new PollFd[watched.Length + 1];
            polled[0] = new PollFd { Fd = _wakeRead.Value, Events = 1 };
            for (var i = 0; i < watched.Length; i++) polled[i + 1] = new PollFd { Fd = watched[i].Fd.IsClosed ? -1 : watched[i].Fd.Value, Events = (short)watched[i].Events };
            fixed (PollFd* p = polled)
            {
                if (poll(p, (nuint)polled.Length, -1) < 0) continue;
            }

            if (polled[0].Ready != 0)
            {
                while (read(_wakeRead.Value, drop, 64) > 0)
                {
                }
            }

            for (var i = 0; i < watched.Length; i++)
            {
                if (polled[i + 1].Ready == 0) continue;
                bool still;
                lock (_lock) still = _registrations.Remove(watched[i]);
                if (still) watched[i].Ready((ReactorEvents)polled[i + 1].Ready);
            }
        }
    }

    private static void Assert(bool condition, string call)
    {
        if (!condition) throw new SyscallException(call, Marshal.GetLastPInvokeError());
    }

    private sealed record Registration(PollReactor Reactor, FdHandle Fd, ReactorEvents Events, Action<ReactorEvents> Ready) : IDisposable
    {
        public void Dispose()
        {
            lock (Reactor._lock) Reactor._registrations.RemoveAll(other => ReferenceEquals(other, this));
            Reactor.Wake();
        }
    }

    private struct PollFd
    {
        public int Fd;
        public short Events;
        public short Ready;
    }

    [LibraryImport("libc", SetLastError = true)] private static partial int poll(PollFd* fds, nuint count, int timeout);
    [LibraryImport("libc", SetLastError = true)] private static partial int pipe2(int* fds, int flags);
    [LibraryImport("libc", SetLastError = true)] private static partial nint read(int fd, byte* buffer, nuint count);
}
