using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>Stops and continues every process of a cgroup: freezer.state of version 1, cgroup.freeze of version 2.</summary>
internal static class CgroupFreezer
{
    private const string V1State = "freezer.state";
    private const string V2State = "cgroup.freeze";

    internal static void Freeze(CgroupDirectory directory, TimeSpan limit)
    {
        var frozen = false;
        try
        {
            frozen = directory.Hierarchy.IsUnified ? FreezeV2(directory, limit) : FreezeV1(directory, limit);
            if (!frozen) throw new ContainerException($"unable to freeze {directory.Absolute} within {limit.TotalSeconds:0.#} s");
        }
        finally
        {
            // Half frozen is worse than running.
            if (!frozen) TryThaw(directory);
        }
    }

    internal static void Thaw(CgroupDirectory directory)
    {
        var errno = TryThaw(directory);
        if (errno is not (0 or Errno.ENOENT)) throw new SyscallException($"thaw {directory.Absolute}", errno);
    }

    /// <summary>True when the cgroup itself is frozen, or on its way there; an ancestor's state does not count.</summary>
    internal static bool IsFrozen(CgroupDirectory directory)
    {
        if (directory.Hierarchy.IsUnified) return directory.TryRead(V2State, out _) == "1";
        return directory.TryRead(V1State, out _) is "FROZEN" or "FREEZING" && directory.TryRead("freezer.self_freezing", out _) is null or "1";
    }

    private static int TryThaw(CgroupDirectory directory) =>
        directory.Hierarchy.IsUnified ? directory.TryWrite(V2State, "0") : directory.TryWrite(V1State, "THAWED");

    // cgroup.events tells when the last process has stopped: POLLPRI, once for each change.
    private static bool FreezeV2(CgroupDirectory directory, TimeSpan limit)
    {
        using var events = directory.Open("cgroup.events", Sys.ORdOnly);
        directory.Write(V2State, "1");
        return CgroupEvents.Wait(events, "frozen", '1', limit);
    }

    // Version 1 tells nobody. A process that forks at the wrong moment keeps the state at FREEZING: writing it again catches the
    // child, and letting the cgroup run for a moment lets a stuck one get on.
    private static bool FreezeV1(CgroupDirectory directory, TimeSpan limit)
    {
        var deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        for (var i = 1; ; i++)
        {
            directory.Write(V1State, "FROZEN");
            if (directory.Read(V1State) == "FROZEN") return true;
            if (Environment.TickCount64 >= deadline) return false;
            if (i % 50 == 0)
            {
                TryThaw(directory);
                Thread.Sleep(10);
            }
            else if (i > 3) Thread.Sleep(1);
        }
    }
}
