using Anocir.Platform.Security;

namespace Anocir.Platform.Processes;

/// <summary>Makes a <see cref="ProcessPlan"/> from config.json: pure, and the place where its values are checked.</summary>
public static class ProcessPlanner
{
    /// <summary>runc's; the specification leaves the caller's, which says nothing about the container.</summary>
    private const uint DefaultUmask = 0x12; // 0022

    private const uint PersonalityLinux = 0x0000;
    private const uint PersonalityLinux32 = 0x0008;

    /// <exception cref="ContainerException">What config.json asks for is wrong, or not to be had on this host.</exception>
    public static ProcessPlan Plan(Oci.Process process, Oci.Linux? linux, ProcessPlanOptions options)
    {
        if (string.IsNullOrEmpty(process.Cwd)) throw new ContainerException("Cwd property must not be empty");
        if (process.Cwd[0] != '/') throw new ContainerException("Cwd must be an absolute path");
        if (process.Args is not { Count: > 0 } args) throw new ContainerException("args must not be empty");
        if (args.Any(static a => a.Contains('\0')) || process.Cwd.Contains('\0')) throw new ContainerException("args and cwd must not contain nul bytes");
        if (process.OomScoreAdj is < -1000 or > 1000) throw new ContainerException($"oomScoreAdj {process.OomScoreAdj} is not in -1000..1000");
        var user = process.User ?? new Oci.User();
        if (user.Umask > 0x1ff) throw new ContainerException($"umask {user.Umask} is not in 0..511");
        var groups = user.AdditionalGids ?? [];
        if (options.Rootless && groups.Count > 0 && !options.KeepGroups) throw new ContainerException("cannot set any additional groups in a rootless container");

        var warnings = new List<string>();
        var userNamespace = linux?.Namespaces?.Any(static n => n.Type == "user") == true;
        return new ProcessPlan
        {
            Args = args,
            Env = ProcessEnvironment.Deduplicate(process.Env ?? []),
            Cwd = process.Cwd,
            CreateCwd = !options.Exec,
            Uid = user.Uid,
            Gid = user.Gid,
            AdditionalGids = groups,
            Setgroups = options.KeepGroups ? SetgroupsPolicy.Keep : SetgroupsPolicy.SetIfAllowed,
            Umask = user.Umask ?? DefaultUmask,
            Capabilities = Capabilities(process.Capabilities, options.Host, warnings),
            NoNewPrivileges = process.NoNewPrivileges,
            Rlimits = ResourceLimit.Parse(process.Rlimits ?? []),
            OomScoreAdj = process.OomScoreAdj,
            OomScoreAdjMayFail = options.Rootless,
            Scheduler = process.Scheduler is { } scheduler ? SchedulerPlan.Parse(scheduler) : null,
            IoPriority = process.IoPriority is { } priority ? IoPriorities.Parse(priority) : null,
            AppArmorProfile = AppArmor(process.ApparmorProfile, options.Host),
            SelinuxLabel = Selinux(process.SelinuxLabel, options.Host),
            Personality = linux?.Personality is { } personality ? Personality(personality, warnings) : null,
            MemoryPolicy = linux?.MemoryPolicy is { } policy ? MemoryPolicyPlan.Parse(policy) : null,
            Keyring = options.NewKeyring ? Keyring(options, userNamespace) : null,
            Seccomp = options.Seccomp,
            Terminal = process.Terminal,
            // config.md: consoleSize is ignored without a terminal.
            ConsoleHeight = process.Terminal ? Characters(process.ConsoleSize?.Height) : (ushort)0,
            ConsoleWidth = process.Terminal ? Characters(process.ConsoleSize?.Width) : (ushort)0,
            PreservedFds = options.PreservedFds,
            Warnings = warnings,
        };
    }

    private static CapabilitySets? Capabilities(Oci.Capabilities? capabilities, ProcessHost host, List<string> warnings)
    {
        if (capabilities is null) return null;
        var sets = CapabilitySets.Parse(capabilities, host.LastCapability, out var unknown);
        if (unknown.Count > 0) warnings.Add($"ignoring unknown or unavailable capabilities: [{string.Join(' ', unknown)}]");
        return sets;
    }

    private static string? AppArmor(string? profile, ProcessHost host)
    {
        if (string.IsNullOrEmpty(profile)) return null;
        if (profile.Contains('\0') || profile.Contains('\n')) throw new ContainerException("apparmorProfile has a character that a profile's name cannot have");
        return host.AppArmor ? profile : throw new ContainerException("apparmor: config provided but apparmor not supported");
    }

    private static string? Selinux(string? label, ProcessHost host)
    {
        if (string.IsNullOrEmpty(label)) return null;
        return host.Selinux ? label : throw new ContainerException("selinux label is specified in config, but selinux is disabled or not supported");
    }

    private static uint Personality(Oci.Personality personality, List<string> warnings)
    {
        if (personality.Flags is { Count: > 0 } flags) warnings.Add($"ignoring unsupported personality flags: [{string.Join(' ', flags)}]");
        return personality.Domain switch
        {
            "LINUX" => PersonalityLinux,
            "LINUX32" => PersonalityLinux32,
            var domain => throw new ContainerException($"invalid personality domain {domain}"),
        };
    }

    private static KeyringPlan Keyring(ProcessPlanOptions options, bool userNamespace) => new(
        $"_ses.{options.ContainerId}",
        options.Exec ? null : userNamespace ? KeyringPlan.OtherSearch : KeyringPlan.OwnerSearch);

    private static ushort Characters(uint? count) =>
        count is null or <= ushort.MaxValue ? (ushort)(count ?? 0) : throw new ContainerException($"consoleSize {count} is not in 0..65535");
}
