namespace Anocir.Platform.Oci.Validation;

/// <summary>config.md, Scheduler; the limits of each policy are those of sched_setattr(2).</summary>
internal static class SchedulerRules
{
    public static void Check(Scheduler scheduler, string prefix, Findings findings)
    {
        var (field, policy) = (prefix + "scheduler", scheduler.Policy);
        if (string.IsNullOrEmpty(policy)) findings.Fail(field + ".policy", "scheduler policy is required");
        if (!Vocabulary.SchedulerPolicies.Contains(policy)) findings.Fail(field + ".policy", $"invalid scheduler policy {Quoted.Text(policy)}");
        if (policy is "SCHED_OTHER" or "SCHED_BATCH" && scheduler.Nice is < -20 or > 19)
        {
            findings.Fail(field + ".nice", $"invalid scheduler.nice: {scheduler.Nice} when scheduler.policy is {policy}");
        }
        if (policy is "SCHED_FIFO" or "SCHED_RR")
        {
            if (scheduler.Priority is < 1 or > 99) findings.Fail(field + ".priority", $"must be from 1 to 99 with {policy}, not {scheduler.Priority}");
        }
        else if (scheduler.Priority != 0)
        {
            findings.Fail(field + ".priority", "scheduler.priority can only be specified for SchedFIFO or SchedRR policy");
        }
        if (policy == "SCHED_DEADLINE") CheckDeadline(scheduler, field, findings);
        else if (scheduler.Runtime != 0 || scheduler.Deadline != 0 || scheduler.Period != 0)
        {
            findings.Fail(field, "scheduler runtime/deadline/period can only be specified for SchedDeadline policy");
        }
        var flags = findings.Items(field + ".flags", scheduler.Flags);
        for (var i = 0; i < flags.Count; i++)
        {
            if (!Vocabulary.SchedulerFlags.Contains(flags[i])) findings.Fail($"{field}.flags[{i}]", $"invalid scheduler flag {Quoted.Text(flags[i])}");
        }
    }

    private static void CheckDeadline(Scheduler scheduler, string field, Findings findings)
    {
        // __checkparam_dl: 1024 ns ≤ runtime ≤ deadline ≤ period, and a period of 0 means the deadline.
        if (scheduler.Runtime < 1024) findings.Fail(field + ".runtime", "must be at least 1024 ns with SCHED_DEADLINE");
        if (scheduler.Deadline < scheduler.Runtime) findings.Fail(field + ".deadline", "must not be shorter than the runtime");
        if (scheduler.Period != 0 && scheduler.Period < scheduler.Deadline) findings.Fail(field + ".period", "must not be shorter than the deadline");
    }
}
