using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Security;

/// <summary>Turns the seccomp object of config.json into a BPF program, by libseccomp. For the supervisor: the library must be on this host.</summary>
public static class SeccompCompiler
{
    private const int UnknownSyscall = -1; // __NR_SCMP_ERROR; numbers below it are libseccomp's for calls of another architecture
    private const int MaxArguments = 6;

    // Below this, a list is as quick as a tree, and libseccomp up to 2.5.4 goes wrong on a tree of no rules.
    private const int RulesWorthATree = 32;

    private static readonly Lazy<string?> LibraryVersion = new(static () =>
    {
        try
        {
            return LibSeccomp.Version();
        }
        catch (DllNotFoundException)
        {
            return null;
        }
    });

    /// <summary>"2.5.4", or null when libseccomp is not installed.</summary>
    public static string? Version => LibraryVersion.Value;

    /// <summary>The program, or null for a profile that has neither a default action nor rules, which means no seccomp.</summary>
    /// <exception cref="ContainerException">The profile is wrong, or this host cannot have it.</exception>
    public static SeccompProgram? Compile(Oci.Seccomp profile)
    {
        var calls = profile.Syscalls ?? [];
        if (string.IsNullOrEmpty(profile.DefaultAction) && calls.Count == 0) return null;
        var defaultAction = SeccompNames.Action(profile.DefaultAction, profile.DefaultErrnoRet);
        var flags = SeccompFlags.Parse(profile.Flags);
        var notify = CheckNotify(profile, defaultAction);
        if ((flags & SeccompFlags.WaitKillableRecv) != 0 && !notify)
            throw new ContainerException("seccomp flag SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule with SCMP_ACT_NOTIFY");
        if (Version is null) throw new ContainerException("config.json has a seccomp profile, but libseccomp.so.2 is not installed on this host");

        var architectures = (profile.Architectures ?? []).Select(SeccompNames.Architecture).Distinct().ToList();
        using var filter = new SeccompFilter(defaultAction);
        foreach (var architecture in architectures)
            // One of another byte order, or newer than the library: no call of it can come, and one that came would be killed as foreign.
            if (filter.AddArchitecture(architecture) is var errno and not 0 and not Errno.EEXIST and not Errno.EDOM and not Errno.EINVAL)
                throw new ContainerException($"error adding architecture 0x{architecture:x8} to seccomp filter: {Errno.Text(errno)}");
        // Failure means a libseccomp from before 2.5, whose list does the same more slowly.
        if (calls.Sum(static c => c.Names?.Count ?? 0) > RulesWorthATree) filter.Optimize(2);
        foreach (var call in calls) AddRules(filter, call, defaultAction);

        byte[] program = [.. Stub(calls, architectures, defaultAction), .. filter.Export()];
        if (program.Length > SeccompProgram.MaxInstructions * SeccompProgram.InstructionSize)
            throw new ContainerException($"seccomp profile compiles to {program.Length / SeccompProgram.InstructionSize} instructions, the kernel takes {SeccompProgram.MaxInstructions}");
        return new SeccompProgram(program, notify ? flags | SeccompFlags.NewListener : flags, notify);
    }

    private static bool CheckNotify(Oci.Seccomp profile, uint defaultAction)
    {
        if (string.IsNullOrEmpty(profile.ListenerPath) && !string.IsNullOrEmpty(profile.ListenerMetadata))
            throw new ContainerException("seccomp listenerMetadata is set without listenerPath");
        if (defaultAction == SeccompNames.ActNotify) throw new ContainerException("SCMP_ACT_NOTIFY cannot be used as default action");
        var notifying = (profile.Syscalls ?? []).Where(static c => c.Action == "SCMP_ACT_NOTIFY").ToList();
        if (notifying.Count == 0) return false;
        if (!SeccompFlags.IsSupported(SeccompFlags.NewListener))
            throw new ContainerException("seccomp notify unsupported: this kernel has no SECCOMP_FILTER_FLAG_NEW_LISTENER");
        // Init tells the supervisor of the listener's descriptor by write(2), under the filter: it would wait for the agent for ever.
        if (notifying.Any(static c => c.Names?.Contains("write") == true))
            throw new ContainerException("SCMP_ACT_NOTIFY cannot be used for the write syscall");
        if (string.IsNullOrEmpty(profile.ListenerPath)) throw new ContainerException("seccomp listenerPath is not set");
        return true;
    }

    private static void AddRules(SeccompFilter filter, Oci.SeccompSyscall call, uint defaultAction)
    {
        var action = SeccompNames.Action(call.Action, call.ErrnoRet);
        if (call.Names is not { Count: > 0 }) throw new ContainerException("seccomp rule names no system call");
        var comparisons = (call.Args ?? []).Select(ToComparison).ToArray();
        // libseccomp refuses a rule that says what the default says.
        if (action == defaultAction) return;
        foreach (var name in call.Names)
        {
            if (name.Length == 0) throw new ContainerException("empty string is not a valid syscall");
            var number = LibSeccomp.seccomp_syscall_resolve_name(name);
            // A profile names calls of all kernels and architectures; one that this libseccomp does not know cannot be filtered by it.
            if (number == UnknownSyscall) continue;
            // libseccomp takes one condition per argument and joins conditions by "and"; several on one argument mean "or" here, a rule each.
            if (comparisons.DistinctBy(static c => c.Argument).Count() == comparisons.Length) Add(name, number, comparisons);
            else foreach (var comparison in comparisons) Add(name, number, [comparison]);
        }

        void Add(string name, int number, ReadOnlySpan<LibSeccomp.Comparison> conditions)
        {
            var errno = filter.AddRule(action, number, conditions);
            if (errno != 0)
                throw new ContainerException($"error adding seccomp rule for syscall {name}: {Errno.Text(errno)}");
        }
    }

    private static LibSeccomp.Comparison ToComparison(Oci.SeccompArg arg) => arg.Index < MaxArguments
        ? new LibSeccomp.Comparison { Argument = arg.Index, Operator = SeccompNames.Operator(arg.Op), DatumA = arg.Value, DatumB = arg.ValueTwo }
        : throw new ContainerException($"seccomp condition on argument {arg.Index}: a system call has {MaxArguments}");

    /// <summary>No stub where the default lets calls through: a call that the kernel lacks answers ENOSYS by itself, and a tracer decides for itself.</summary>
    private static byte[] Stub(IReadOnlyList<Oci.SeccompSyscall> calls, List<uint> architectures, uint defaultAction)
    {
        if ((defaultAction & 0xffff_0000) is SeccompNames.ActAllow or SeccompNames.ActLog or SeccompNames.ActTrace) return [];
        var native = LibSeccomp.seccomp_arch_native();
        var largest = new SortedDictionary<uint, int>(Comparer<uint>.Create((a, b) => (a == native ? 0 : 1, a).CompareTo((b == native ? 0 : 1, b))));
        foreach (var architecture in architectures.Append(native))
        {
            var number = calls.SelectMany(static c => c.Names ?? []).Max(name => (int?)LibSeccomp.seccomp_syscall_resolve_name_arch(architecture, name)) ?? 0;
            if (number > 0) largest[architecture] = number;
        }

        return EnosysStub.Build(largest.ToDictionary());
    }
}
