using System.Text;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>Waits on cgroup.events of version 2, which wakes a poll(2) for POLLPRI at each change since the same descriptor was read.</summary>
internal static class CgroupEvents
{
    /// <param name="events">cgroup.events, open for reading.</param>
    /// <param name="key">populated or frozen.</param>
    /// <param name="value">What to wait for.</param>
    /// <param name="limit">How long.</param>
    /// <returns>False when the time is over; true also when the cgroup is gone.</returns>
    internal static bool Wait(FdHandle events, string key, char value, TimeSpan limit)
    {
        var deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        Span<byte> buffer = stackalloc byte[256];
        while (true)
        {
            var length = CgroupCalls.Reread(events, buffer);
            if (length < 0 || Encoding.ASCII.GetString(buffer[..length]).Contains($"{key} {value}", StringComparison.Ordinal)) return true;
            var left = deadline - Environment.TickCount64;
            if (left <= 0) return false;
            CgroupCalls.Poll([events], CgroupCalls.PollPri, TimeSpan.FromMilliseconds(left));
        }
    }
}
