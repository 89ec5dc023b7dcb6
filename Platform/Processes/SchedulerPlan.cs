using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>The arguments of sched_setattr(2). Times in nanoseconds.</summary>
public sealed record SchedulerPlan(uint Policy, ulong Flags, int Nice, uint Priority, ulong Runtime, ulong Deadline, ulong Period)
{
    private static readonly string[] PolicyNames = ["SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE"];

    // Bit n of sched_flags.
    private static readonly string[] FlagNames =
    [
        "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY",
        "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX",
    ];

    /// <summary>The policies by name, in the order of their numbers.</summary>
    public static IReadOnlyList<string> Policies => PolicyNames;

    /// <summary>The flags by name, in the order of their bits.</summary>
    public static IReadOnlyList<string> KnownFlags => FlagNames;

    /// <exception cref="ContainerException">Unknown names, or fields that the policy does not have.</exception>
    public static SchedulerPlan Parse(Oci.Scheduler scheduler)
    {
        if (string.IsNullOrEmpty(scheduler.Policy)) throw new ContainerException("scheduler policy is required");
        var policy = Array.IndexOf(PolicyNames, scheduler.Policy);
        if (policy < 0) throw new ContainerException($"invalid scheduler policy: {scheduler.Policy}");
        if (scheduler.Policy is "SCHED_OTHER" or "SCHED_BATCH" && scheduler.Nice is < -20 or > 19)
            throw new ContainerException($"invalid scheduler.nice: {scheduler.Nice} when scheduler.policy is {scheduler.Policy}");
        if (scheduler.Priority != 0 && scheduler.Policy is not ("SCHED_FIFO" or "SCHED_RR"))
            throw new ContainerException("scheduler.priority can only be specified for SchedFIFO or SchedRR policy");
        if (scheduler.Policy != "SCHED_DEADLINE" && (scheduler.Runtime, scheduler.Deadline, scheduler.Period) != (0, 0, 0))
            throw new ContainerException("scheduler runtime/deadline/period can only be specified for SchedDeadline policy");
        var flags = 0UL;
        foreach (var name in scheduler.Flags ?? [])
        {
            var bit = Array.IndexOf(FlagNames, name);
            flags |= bit >= 0 ? 1UL << bit : throw new ContainerException($"invalid scheduler flag: {name}");
        }

        return new SchedulerPlan((uint)policy, flags, scheduler.Nice, (uint)scheduler.Priority, scheduler.Runtime, scheduler.Deadline, scheduler.Period);
    }

    internal void Apply()
    {
        var errno = ProcessCalls.SetScheduler(new SchedulerAttributes
        {
            Policy = Policy,
            Flags = Flags,
            Nice = Nice,
            Priority = Priority,
            Runtime = Runtime,
            Deadline = Deadline,
            Period = Period,
        });
        if (errno != 0) throw new SyscallException($"error setting scheduler {PolicyNames[Policy]}", errno);
    }

    public void Write(WireWriter to) =>
        to.Int((int)Policy).Long((long)Flags).Int(Nice).Int((int)Priority).Long((long)Runtime).Long((long)Deadline).Long((long)Period);

    public static SchedulerPlan Read(WireReader from)
    {
        var policy = (uint)from.Int();
        if (policy >= PolicyNames.Length) throw new InvalidDataException($"message holds scheduler policy {policy}");
        return new SchedulerPlan(policy, (ulong)from.Long(), from.Int(), (uint)from.Int(), (ulong)from.Long(), (ulong)from.Long(), (ulong)from.Long());
    }
}
