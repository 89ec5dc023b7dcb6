using System.Diagnostics;
using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Systemd;

/// <summary>
/// The connection to one manager of systemd, on a thread of its own, since an object of sd-bus is one thread's. Calls may come from any
/// thread and are answered by a task. Without calls the connection is closed after some seconds, and the thread ends: a manager tells
/// everybody who is connected of every job of the host.
/// </summary>
internal sealed unsafe class BusConnection(Func<IReadOnlyList<BusAddress>> addresses)
{
    private const string Manager = "org.freedesktop.systemd1.Manager";
    private const string Destination = "org.freedesktop.systemd1";
    /// <summary>sd-bus counts cookies from 1.</summary>
    private const ulong Unsent = 0;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Queue<BusCall> _queue = [];
    private readonly Dictionary<ulong, BusCall> _calls = [];
    private readonly Dictionary<string, BusCall> _jobs = [];
    private FdHandle? _wake;

    /// <exception cref="BusException">An answer that is an error, or the connection ended before the answer.</exception>
    /// <exception cref="ContainerException">There is no way to the manager, or it is silent.</exception>
    internal Task<string> Call(BusCall call)
    {
        lock (_lock)
        {
            _queue.Enqueue(call);
            if (_wake is not null)
            {
                Wake(_wake);
            }
            else
            {
                _wake = CgroupCalls.EventFd();
                var wake = _wake;
                new Thread(() => Run(wake)) { IsBackground = true, Name = "systemd" }.Start();
            }
        }

        return call.Completion.Task;
    }

    private void Run(FdHandle wake)
    {
        nint bus = 0;
        Exception? failure = null;
        try
        {
            bus = Open();
            do
            {
                while (Serve(bus, wake))
                {
                }
            } while (!Retire(wake));
        }
        catch (Exception e) when (e is BusException or ContainerException or SyscallException)
        {
            failure = e;
        }
        catch (DllNotFoundException)
        {
            failure = new ContainerException("systemd cgroup driver: libsystemd.so.0 is not installed");
        }
        finally
        {
            if (bus != 0) Close(bus);
        }

        if (failure is not null) Fail(failure);
    }

    /// <summary>The next call gets a thread of its own. False when one has just come to this one.</summary>
    private bool Retire(FdHandle wake)
    {
        lock (_lock)
        {
            if (_queue.Count > 0) return false;
            _wake = null;
        }

        wake.Dispose();
        return true;
    }

    /// <summary>One turn: sends what is queued, takes what has come, waits for more. False when there was nothing for the idle time.</summary>
    private bool Serve(nint bus, FdHandle wake)
    {
        Span<byte> counter = stackalloc byte[8];
        CgroupCalls.ReadAvailable(wake, counter, "eventfd");
        while (TakeCall() is { } call) Send(bus, call);
        nint message;
        int progress;
        while ((progress = Connected(LibSystemd.sd_bus_process(bus, &message))) > 0)
        {
            if (message == 0) continue;
            Take(message);
            LibSystemd.sd_bus_message_unref(message);
        }

        Expire();
        var waiting = _calls.Count + _jobs.Count > 0;
        return Wait(bus, wake, waiting ? NextDeadline() : Idle) || waiting;
    }

    private void Take(nint message)
    {
        byte type;
        BusMessage.Check(LibSystemd.sd_bus_message_get_type(message, &type));
        if (type == LibSystemd.Signal)
        {
            if (LibSystemd.sd_bus_message_is_signal(message, Manager, "JobRemoved") > 0) TakeJobRemoved(message);
            return;
        }

        ulong cookie;
        if (LibSystemd.sd_bus_message_get_reply_cookie(message, &cookie) < 0 || !_calls.Remove(cookie, out var call)) return;
        if (type == LibSystemd.MethodError)
        {
            var error = LibSystemd.sd_bus_message_get_error(message);
            call.Completion.TrySetException(new BusException(BusMessage.Text(error->Name), BusMessage.Text(error->Message)));
        }
        else if (call.Answer == "o")
        {
            // Its end comes behind this answer: nothing is lost between the two.
            _jobs[BusMessage.ReadText(message, 'o')] = call;
        }
        else
        {
            call.Completion.TrySetResult(call.Answer == "v" ? ReadVariant(message) : "");
        }
    }

    private static string ReadVariant(nint message)
    {
        BusMessage.Check(LibSystemd.sd_bus_message_enter_container(message, (byte)'v', "s"));
        return BusMessage.ReadText(message, 's');
    }

    private void TakeJobRemoved(nint message)
    {
        uint id;
        if (LibSystemd.sd_bus_message_read_basic(message, (byte)'u', &id) <= 0) return;
        var job = BusMessage.ReadText(message, 'o');
        BusMessage.ReadText(message, 's');
        if (_jobs.Remove(job, out var call)) call.Completion.TrySetResult(BusMessage.ReadText(message, 's'));
    }

    private void Send(nint bus, BusCall call)
    {
        // Whatever happens until it is on its way: nobody may wait for a call that is nowhere.
        _calls[Unsent] = call;
        nint message;
        BusMessage.Check(LibSystemd.sd_bus_message_new_method_call(bus, &message, Destination, call.Path, call.Interface, call.Member));
        try
        {
            foreach (var argument in call.Arguments) BusMessage.Append(message, argument);
        }
        catch (SyscallException e)
        {
            // A text that D-Bus does not take, for one.
            LibSystemd.sd_bus_message_unref(message);
            _calls.Remove(Unsent);
            call.Completion.TrySetException(new ContainerException($"systemd cgroup driver: {call.Member}: {e.Message}", e));
            return;
        }

        ulong cookie;
        var sent = LibSystemd.sd_bus_send(bus, message, &cookie);
        LibSystemd.sd_bus_message_unref(message);
        Connected(sent);
        _calls.Remove(Unsent);
        _calls[cookie] = call;
    }

    private nint Open()
    {
        SyscallException? failure = null;
        foreach (var address in addresses())
        {
            nint bus;
            BusMessage.Check(LibSystemd.sd_bus_new(&bus));
            var result = LibSystemd.sd_bus_set_address(bus, address.Address);
            if (result >= 0) result = LibSystemd.sd_bus_set_bus_client(bus, address.IsBus ? 1 : 0);
            if (result >= 0) result = LibSystemd.sd_bus_start(bus);
            if (result >= 0)
            {
                if (address.IsBus) Subscribe(bus);
                return bus;
            }

            LibSystemd.sd_bus_unref(bus);
            failure ??= new SyscallException($"connect to systemd at {address.Address}", -result);
        }

        throw new BusException(BusException.Disconnected, failure!.Message);
    }

    /// <summary>A bus passes on the signals that were asked for. Nobody waits for the answer: nothing comes before it.</summary>
    private static void Subscribe(nint bus)
    {
        nint message;
        BusMessage.Check(LibSystemd.sd_bus_message_new_method_call(bus, &message, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch"));
        BusMessage.Append(message, BusValue.String($"type='signal',sender='{Destination}',interface='{Manager}',member='JobRemoved'"));
        ulong cookie;
        var sent = LibSystemd.sd_bus_send(bus, message, &cookie);
        LibSystemd.sd_bus_message_unref(message);
        Connected(sent);
    }

    private static int Connected(int result) =>
        result >= 0 ? result : throw new BusException(BusException.Disconnected, $"the connection to systemd ended: {Errno.Name(-result)} ({Errno.Text(-result)})");

    private BusCall? TakeCall()
    {
        lock (_lock) return _queue.TryDequeue(out var call) ? call : null;
    }

    private void Expire()
    {
        var now = Environment.TickCount64;
        foreach (var (cookie, call) in _calls.Where(c => c.Value.Deadline <= now).ToList())
        {
            _calls.Remove(cookie);
            call.Completion.TrySetException(new ContainerException($"systemd cgroup driver: {call.Member}: systemd does not answer"));
        }

        foreach (var (job, call) in _jobs.Where(c => c.Value.Deadline <= now).ToList())
        {
            _jobs.Remove(job);
            call.Completion.TrySetResult("timeout");
        }
    }

    private TimeSpan NextDeadline()
    {
        var next = _calls.Values.Concat(_jobs.Values).Min(c => c.Deadline);
        return TimeSpan.FromMilliseconds(Math.Clamp(next - Environment.TickCount64, 0, int.MaxValue));
    }

    /// <summary>False when the time is over.</summary>
    private static bool Wait(nint bus, FdHandle wake, TimeSpan limit)
    {
        ulong own;
        Connected(LibSystemd.sd_bus_get_timeout(bus, &own));
        if (own != ulong.MaxValue)
        {
            // Of CLOCK_MONOTONIC, as Stopwatch: until then the connection has to be made, or is given up.
            var now = (ulong)(Stopwatch.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMicrosecond);
            var left = TimeSpan.FromMicroseconds(own > now ? own - now : 0);
            if (left < limit) limit = left;
        }

        var fds = stackalloc PollFd[2];
        fds[0] = new PollFd { Fd = Connected(LibSystemd.sd_bus_get_fd(bus)), Events = (short)Connected(LibSystemd.sd_bus_get_events(bus)) };
        fds[1] = new PollFd { Fd = wake.Value, Events = CgroupCalls.PollIn };
        var ready = Libc.poll(fds, 2, (int)Math.Ceiling(limit.TotalMilliseconds));
        GC.KeepAlive(wake);
        return ready != 0;
    }

    private static void Wake(FdHandle wake)
    {
        ulong one = 1;
        Libc.write(wake.Value, (byte*)&one, sizeof(ulong));
        GC.KeepAlive(wake);
    }

    private static void Close(nint bus)
    {
        LibSystemd.sd_bus_close(bus);
        LibSystemd.sd_bus_unref(bus);
    }

    /// <summary>Everybody who waits hears of it; the next call connects anew.</summary>
    private void Fail(Exception failure)
    {
        var waiting = _calls.Values.Concat(_jobs.Values).ToList();
        _calls.Clear();
        _jobs.Clear();
        lock (_lock)
        {
            waiting.AddRange(_queue);
            _queue.Clear();
            _wake?.Dispose();
            _wake = null;
        }

        foreach (var call in waiting) call.Completion.TrySetException(failure);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        internal int Fd;
        internal short Events;
        internal short Revents;
    }
}
