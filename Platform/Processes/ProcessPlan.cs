using Anocir.Platform.Ipc;
using Anocir.Platform.Security;

namespace Anocir.Platform.Processes;

/// <summary>
/// All that the container side does to itself to become the user's program, decided beforehand by <see cref="ProcessPlanner"/>
/// and carried out by <see cref="ProcessSetup"/>. Null means: leave as it is.
/// </summary>
public sealed record ProcessPlan
{
    public required IReadOnlyList<string> Args { get; init; }

    /// <summary>NAME=VALUE, each name once. HOME is missing when init is to look it up.</summary>
    public required IReadOnlyList<string> Env { get; init; }

    /// <summary>Absolute, in the container.</summary>
    public required string Cwd { get; init; }

    /// <summary>Whether a working directory that is not there is made.</summary>
    public bool CreateCwd { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required IReadOnlyList<uint> AdditionalGids { get; init; }

    public SetgroupsPolicy Setgroups { get; init; }

    public uint? Umask { get; init; }

    public CapabilitySets? Capabilities { get; init; }

    public bool NoNewPrivileges { get; init; }

    public required IReadOnlyList<ResourceLimit> Rlimits { get; init; }

    /// <summary>−1000 to 1000.</summary>
    public int? OomScoreAdj { get; init; }

    /// <summary>Whether a kernel that refuses the value (lowering takes CAP_SYS_RESOURCE) is put up with.</summary>
    public bool OomScoreAdjMayFail { get; init; }

    public SchedulerPlan? Scheduler { get; init; }

    /// <summary>Class and priority as ioprio_set(2) takes them.</summary>
    public int? IoPriority { get; init; }

    public string? AppArmorProfile { get; init; }

    public string? SelinuxLabel { get; init; }

    /// <summary>As personality(2) takes it.</summary>
    public uint? Personality { get; init; }

    public MemoryPolicyPlan? MemoryPolicy { get; init; }

    public KeyringPlan? Keyring { get; init; }

    public SeccompProgram? Seccomp { get; init; }

    public bool Terminal { get; init; }

    /// <summary>Rows and columns; 0 leaves the kernel's default.</summary>
    public ushort ConsoleHeight { get; init; }

    public ushort ConsoleWidth { get; init; }

    /// <summary>Descriptors 3 to 2 + this stay open.</summary>
    public int PreservedFds { get; init; }

    /// <summary>What was asked for and will not be done, for the log.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    public void Write(WireWriter to)
    {
        to.Strings(Args).Strings(Env).String(Cwd).Bool(CreateCwd);
        to.Int((int)Uid).Int((int)Gid).List(AdditionalGids, static (w, gid) => w.Int((int)gid)).Byte((byte)Setgroups).OptionalInt((int?)Umask);
        to.Optional(Capabilities, static (w, v) => v.Write(w)).Bool(NoNewPrivileges);
        to.List(Rlimits, static (w, v) => v.Write(w)).OptionalInt(OomScoreAdj).Bool(OomScoreAdjMayFail);
        to.Optional(Scheduler, static (w, v) => v.Write(w)).OptionalInt(IoPriority);
        to.String(AppArmorProfile).String(SelinuxLabel).OptionalInt((int?)Personality);
        to.Optional(MemoryPolicy, static (w, v) => v.Write(w)).Optional(Keyring, static (w, v) => v.Write(w));
        to.Optional(Seccomp, static (w, v) => v.Write(w));
        to.Bool(Terminal).Int(ConsoleHeight).Int(ConsoleWidth).Int(PreservedFds).Strings(Warnings);
    }

    /// <exception cref="InvalidDataException">The bytes are not such a plan.</exception>
    public static ProcessPlan Read(WireReader from)
    {
        var plan = new ProcessPlan
        {
            Args = from.Strings(),
            Env = from.Strings(),
            Cwd = from.String(),
            CreateCwd = from.Bool(),
            Uid = (uint)from.Int(),
            Gid = (uint)from.Int(),
            AdditionalGids = from.List(static r => (uint)r.Int()),
            Setgroups = (SetgroupsPolicy)from.Byte(),
            Umask = (uint?)from.OptionalInt(),
            Capabilities = from.Optional(CapabilitySets.Read),
            NoNewPrivileges = from.Bool(),
            Rlimits = from.List(ResourceLimit.Read),
            OomScoreAdj = from.OptionalInt(),
            OomScoreAdjMayFail = from.Bool(),
            Scheduler = from.Optional(SchedulerPlan.Read),
            IoPriority = from.OptionalInt(),
            AppArmorProfile = from.OptionalString(),
            SelinuxLabel = from.OptionalString(),
            Personality = (uint?)from.OptionalInt(),
            MemoryPolicy = from.Optional(MemoryPolicyPlan.Read),
            Keyring = from.Optional(KeyringPlan.Read),
            Seccomp = from.Optional(SeccompProgram.Read),
            Terminal = from.Bool(),
            ConsoleHeight = (ushort)from.Int(),
            ConsoleWidth = (ushort)from.Int(),
            PreservedFds = from.Int(),
            Warnings = from.Strings(),
        };
        if (plan.Args.Count == 0 || plan.PreservedFds < 0 || plan.Setgroups > SetgroupsPolicy.Keep)
            throw new InvalidDataException("message holds an impossible process plan");
        return plan;
    }
}
