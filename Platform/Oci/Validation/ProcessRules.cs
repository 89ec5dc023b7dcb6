namespace Anocir.Platform.Oci.Validation;

/// <summary>config.md, Process.</summary>
internal static class ProcessRules
{
    /// <param name="prefix">What leads to the process in its document: <c>process.</c>, or nothing for an exec.</param>
    public static void Check(Process process, string prefix, Findings findings)
    {
        CheckTerminal(process, prefix, findings);
        CheckUser(process.User, prefix, findings);
        if (process.Args is null or { Count: 0 }) findings.Fail(prefix + "args", "args must not be empty");
        findings.Strings(prefix + "args", process.Args);
        CheckEnvironment(process.Env, prefix, findings);
        CheckCwd(process.Cwd, prefix, findings);
        CheckCapabilities(process.Capabilities, prefix, findings);
        CheckRlimits(process.Rlimits, prefix, findings);
        findings.NoNul(prefix + "apparmorProfile", process.ApparmorProfile);
        findings.NoNul(prefix + "selinuxLabel", process.SelinuxLabel);
        if (process.OomScoreAdj is < -1000 or > 1000)
        {
            findings.Fail(prefix + "oomScoreAdj", $"must be from -1000 to 1000, not {process.OomScoreAdj}");
        }
        if (process.Scheduler is { } scheduler) SchedulerRules.Check(scheduler, prefix, findings);
        CheckIoPriority(process.IoPriority, prefix, findings);
        CheckCpuAffinity(process.ExecCPUAffinity, prefix, findings);
    }

    private static void CheckTerminal(Process process, string prefix, Findings findings)
    {
        // config.md: consoleSize is ignored without a terminal. struct winsize holds 16 bits.
        if (!process.Terminal || process.ConsoleSize is not { } size) return;
        if (size.Height > ushort.MaxValue) findings.Fail(prefix + "consoleSize.height", $"must be at most {ushort.MaxValue}, not {size.Height}");
        if (size.Width > ushort.MaxValue) findings.Fail(prefix + "consoleSize.width", $"must be at most {ushort.MaxValue}, not {size.Width}");
    }

    private static void CheckUser(User? user, string prefix, Findings findings)
    {
        if (user is null) return;
        // (uid_t)-1 is "unchanged" to setuid(2): the process would keep root.
        if (user.Uid == uint.MaxValue) findings.Fail(prefix + "user.uid", $"{user.Uid} is not a user id");
        if (user.Gid == uint.MaxValue) findings.Fail(prefix + "user.gid", $"{user.Gid} is not a group id");
        if (user.Umask is > 0x1FF) findings.Fail(prefix + "user.umask", $"must be at most 511 (octal 777), not {user.Umask}");
        var groups = user.AdditionalGids ?? [];
        if (groups.Count > 65536) findings.Fail(prefix + "user.additionalGids", "more than 65536 groups");
        for (var i = 0; i < groups.Count; i++)
        {
            if (groups[i] == uint.MaxValue) findings.Fail($"{prefix}user.additionalGids[{i}]", $"{groups[i]} is not a group id");
        }
    }

    private static void CheckEnvironment(IReadOnlyList<string>? environment, string prefix, Findings findings)
    {
        var variables = findings.Items(prefix + "env", environment);
        for (var i = 0; i < variables.Count; i++)
        {
            var equals = variables[i].IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) findings.Fail($"{prefix}env[{i}]", "invalid environment variable: missing '='");
            if (equals == 0) findings.Fail($"{prefix}env[{i}]", "invalid environment variable: name cannot be empty");
            if (variables[i].Contains('\0'))
            {
                findings.Fail($"{prefix}env[{i}]", $"invalid environment variable {Quoted.Text(variables[i][..equals])}: contains nul byte (\\x00)");
            }
        }
    }

    private static void CheckCwd(string? cwd, string prefix, Findings findings)
    {
        if (string.IsNullOrEmpty(cwd)) findings.Fail(prefix + "cwd", "Cwd property must not be empty");
        if (!cwd.StartsWith('/')) findings.Fail(prefix + "cwd", $"Cwd must be an absolute path, not {Quoted.Text(cwd)}");
        findings.NoNul(prefix + "cwd", cwd);
    }

    /// <summary>config.md: a capability that is unknown or cannot be granted is warned of, and no reason to fail.</summary>
    private static void CheckCapabilities(Capabilities? capabilities, string prefix, Findings findings)
    {
        if (capabilities is null) return;
        SortedSet<string>? unknown = null;
        Collect("bounding", capabilities.Bounding);
        Collect("effective", capabilities.Effective);
        Collect("inheritable", capabilities.Inheritable);
        Collect("permitted", capabilities.Permitted);
        Collect("ambient", capabilities.Ambient);
        if (unknown is null) return;
        findings.Warn(prefix + "capabilities", $"ignoring unknown or unavailable capabilities: [{string.Join(' ', unknown.Select(Quoted.Text))}]");

        void Collect(string set, IReadOnlyList<string>? names)
        {
            foreach (var name in findings.Items($"{prefix}capabilities.{set}", names))
            {
                if (!Vocabulary.Capabilities.Contains(name)) (unknown ??= new SortedSet<string>(StringComparer.Ordinal)).Add(name);
            }
        }
    }

    private static void CheckRlimits(IReadOnlyList<Rlimit>? rlimits, string prefix, Findings findings)
    {
        rlimits = findings.Items(prefix + "rlimits", rlimits);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < rlimits.Count; i++)
        {
            var rlimit = rlimits[i];
            if (string.IsNullOrEmpty(rlimit.Type)) findings.Fail($"{prefix}rlimits[{i}].type", "must be specified");
            if (!Vocabulary.Rlimits.Contains(rlimit.Type)) findings.Fail($"{prefix}rlimits[{i}].type", $"wrong rlimit value: {Quoted.Text(rlimit.Type)}");
            if (!seen.Add(rlimit.Type)) findings.Fail($"{prefix}rlimits[{i}].type", $"duplicated rlimit {rlimit.Type}");
            if (rlimit.Soft > rlimit.Hard) findings.Fail($"{prefix}rlimits[{i}].soft", $"{rlimit.Soft} is above the hard limit of {rlimit.Hard}");
        }
    }

    private static void CheckIoPriority(IoPriority? priority, string prefix, Findings findings)
    {
        if (priority is null) return;
        if (priority.Priority is < 0 or > 7) findings.Fail(prefix + "ioPriority.priority", $"invalid ioPriority.Priority: {priority.Priority} (0 to 7)");
        if (!Vocabulary.IoPriorityClasses.Contains(priority.Class ?? ""))
        {
            findings.Fail(prefix + "ioPriority.class", $"invalid ioPriority.Class: {Quoted.Text(priority.Class ?? "")}");
        }
    }

    private static void CheckCpuAffinity(ExecCpuAffinity? affinity, string prefix, Findings findings)
    {
        if (affinity is null) return;
        if (!NumberList.IsValid(affinity.Initial ?? ""))
        {
            findings.Fail(prefix + "execCPUAffinity.initial", $"bad CPUAffinity.Initial: {Quoted.Text(affinity.Initial!)} is not a list of CPUs");
        }
        if (!NumberList.IsValid(affinity.Final ?? ""))
        {
            findings.Fail(prefix + "execCPUAffinity.final", $"bad CPUAffinity.Final: {Quoted.Text(affinity.Final!)} is not a list of CPUs");
        }
    }
}
