using System.Collections.Frozen;

namespace Anocir.Platform.Oci.Validation;

/// <summary>config-linux.md, Seccomp. Names of system calls are left to the compiler of the filter: it skips those it does not know.</summary>
internal static class SeccompRules
{
    private const string Field = "linux.seccomp";

    /// <summary>sun_path without its NUL.</summary>
    private const int LongestSocketPath = 107;

    public static void Check(Seccomp seccomp, Findings findings)
    {
        var syscalls = findings.Items(Field + ".syscalls", seccomp.Syscalls);
        // Nothing said is no filter, as with runc.
        if (string.IsNullOrEmpty(seccomp.DefaultAction) && syscalls.Count == 0) return;
        CheckAction(Field + ".defaultAction", seccomp.DefaultAction, findings);
        CheckErrno(Field + ".defaultErrnoRet", seccomp.DefaultAction!, seccomp.DefaultErrnoRet, findings);
        if (seccomp.DefaultAction == "SCMP_ACT_NOTIFY") findings.Fail(Field + ".defaultAction", "SCMP_ACT_NOTIFY cannot be used as default action");
        CheckWords(Field + ".architectures", seccomp.Architectures, Vocabulary.SeccompArchitectures, "is not a valid arch for seccomp", findings);
        CheckWords(Field + ".flags", seccomp.Flags, Vocabulary.SeccompFlags, "is not a known seccomp flag", findings);
        CheckListener(seccomp, findings);
        for (var i = 0; i < syscalls.Count; i++) CheckRule(syscalls[i], i, seccomp, findings);
    }

    private static void CheckRule(SeccompSyscall rule, int i, Seccomp seccomp, Findings findings)
    {
        if (rule.Names is null or { Count: 0 }) findings.Fail($"{Field}.syscalls[{i}].names", "must hold at least one name");
        for (var n = 0; n < rule.Names.Count; n++)
        {
            if (string.IsNullOrEmpty(rule.Names[n])) findings.Fail($"{Field}.syscalls[{i}].names[{n}]", "must not be empty");
        }
        CheckAction($"{Field}.syscalls[{i}].action", rule.Action, findings);
        CheckErrno($"{Field}.syscalls[{i}].errnoRet", rule.Action!, rule.ErrnoRet, findings);
        if (rule.Action == "SCMP_ACT_NOTIFY")
        {
            // Init writes the listener's number to the supervisor after the filter is loaded.
            if (rule.Names.Contains("write")) findings.Fail($"{Field}.syscalls[{i}].names", "SCMP_ACT_NOTIFY cannot be used for the write syscall");
            if (string.IsNullOrEmpty(seccomp.ListenerPath)) findings.Fail(Field + ".listenerPath", "must be specified where SCMP_ACT_NOTIFY is used");
        }
        var args = findings.Items($"{Field}.syscalls[{i}].args", rule.Args);
        for (var a = 0; a < args.Count; a++)
        {
            if (args[a].Index > 5) findings.Fail($"{Field}.syscalls[{i}].args[{a}].index", $"must be from 0 to 5, not {args[a].Index}");
            if (!Vocabulary.SeccompOperators.Contains(args[a].Op ?? ""))
            {
                findings.Fail($"{Field}.syscalls[{i}].args[{a}].op", $"string {Quoted.Text(args[a].Op ?? "")} is not a valid operator for seccomp");
            }
        }
    }

    private static void CheckListener(Seccomp seccomp, Findings findings)
    {
        findings.NoNul(Field + ".listenerPath", seccomp.ListenerPath);
        if (string.IsNullOrEmpty(seccomp.ListenerPath))
        {
            if (!string.IsNullOrEmpty(seccomp.ListenerMetadata)) findings.Fail(Field + ".listenerMetadata", "must not be set without listenerPath");
        }
        else if (!seccomp.ListenerPath.StartsWith('/'))
        {
            findings.Fail(Field + ".listenerPath", $"must be an absolute path, not {Quoted.Text(seccomp.ListenerPath)}");
        }
        else if (System.Text.Encoding.UTF8.GetByteCount(seccomp.ListenerPath) > LongestSocketPath)
        {
            findings.Fail(Field + ".listenerPath", $"longer than the {LongestSocketPath} bytes of a unix socket's address");
        }
    }

    private static void CheckAction(string field, string? action, Findings findings)
    {
        if (string.IsNullOrEmpty(action)) findings.Fail(field, "must be specified");
        if (!Vocabulary.SeccompActions.Contains(action)) findings.Fail(field, $"string {Quoted.Text(action)} is not a valid action for seccomp");
    }

    private static void CheckErrno(string field, string action, uint? errno, Findings findings)
    {
        if (errno is null) return;
        if (action is not ("SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE")) findings.Fail(field, $"action {action} does not return an errno");
        // SECCOMP_RET_DATA: more would change the action.
        if (errno > ushort.MaxValue) findings.Fail(field, $"must be at most {ushort.MaxValue}, not {errno}");
    }

    private static void CheckWords(string field, IReadOnlyList<string>? words, FrozenSet<string> known, string problem, Findings findings)
    {
        words = findings.Items(field, words);
        for (var i = 0; i < words.Count; i++)
        {
            if (!known.Contains(words[i])) findings.Fail($"{field}[{i}]", $"string {Quoted.Text(words[i])} {problem}");
        }
    }
}
