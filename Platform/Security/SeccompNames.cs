namespace Anocir.Platform.Security;

/// <summary>What the specification names in a seccomp profile, with libseccomp's numbers. The lists are what <c>features</c> shows, sorted.</summary>
public static class SeccompNames
{
    internal const uint ActKillThread = 0x0000_0000;
    internal const uint ActKillProcess = 0x8000_0000;
    internal const uint ActTrap = 0x0003_0000;
    internal const uint ActErrno = 0x0005_0000;
    internal const uint ActNotify = 0x7fc0_0000;
    internal const uint ActTrace = 0x7ff0_0000;
    internal const uint ActLog = 0x7ffc_0000;
    internal const uint ActAllow = 0x7fff_0000;

    // libseccomp's own token: the kernel reports x32 calls under the number of x86-64.
    internal const uint ArchX32 = 0x4000_003e;
    internal const uint ArchX86_64 = 0xc000_003e;

    private static readonly Dictionary<string, uint> ActionValues = new(StringComparer.Ordinal)
    {
        ["SCMP_ACT_KILL"] = ActKillThread,
        ["SCMP_ACT_KILL_THREAD"] = ActKillThread,
        ["SCMP_ACT_KILL_PROCESS"] = ActKillProcess,
        ["SCMP_ACT_TRAP"] = ActTrap,
        ["SCMP_ACT_ERRNO"] = ActErrno,
        ["SCMP_ACT_TRACE"] = ActTrace,
        ["SCMP_ACT_ALLOW"] = ActAllow,
        ["SCMP_ACT_LOG"] = ActLog,
        ["SCMP_ACT_NOTIFY"] = ActNotify,
    };

    private static readonly Dictionary<string, int> OperatorValues = new(StringComparer.Ordinal)
    {
        ["SCMP_CMP_NE"] = 1,
        ["SCMP_CMP_LT"] = 2,
        ["SCMP_CMP_LE"] = 3,
        ["SCMP_CMP_EQ"] = 4,
        ["SCMP_CMP_GE"] = 5,
        ["SCMP_CMP_GT"] = 6,
        ["SCMP_CMP_MASKED_EQ"] = 7,
    };

    private static readonly Dictionary<string, uint> ArchitectureValues = new(StringComparer.Ordinal)
    {
        ["SCMP_ARCH_X86"] = 0x4000_0003,
        ["SCMP_ARCH_X86_64"] = ArchX86_64,
        ["SCMP_ARCH_X32"] = ArchX32,
        ["SCMP_ARCH_ARM"] = 0x4000_0028,
        ["SCMP_ARCH_AARCH64"] = 0xc000_00b7,
        ["SCMP_ARCH_MIPS"] = 0x0000_0008,
        ["SCMP_ARCH_MIPS64"] = 0x8000_0008,
        ["SCMP_ARCH_MIPS64N32"] = 0xa000_0008,
        ["SCMP_ARCH_MIPSEL"] = 0x4000_0008,
        ["SCMP_ARCH_MIPSEL64"] = 0xc000_0008,
        ["SCMP_ARCH_MIPSEL64N32"] = 0xe000_0008,
        ["SCMP_ARCH_PPC"] = 0x0000_0014,
        ["SCMP_ARCH_PPC64"] = 0x8000_0015,
        ["SCMP_ARCH_PPC64LE"] = 0xc000_0015,
        ["SCMP_ARCH_S390"] = 0x0000_0016,
        ["SCMP_ARCH_S390X"] = 0x8000_0016,
        ["SCMP_ARCH_RISCV64"] = 0xc000_00f3,
        ["SCMP_ARCH_LOONGARCH64"] = 0xc000_0102,
        ["SCMP_ARCH_PARISC"] = 0x0000_000f,
        ["SCMP_ARCH_PARISC64"] = 0x8000_000f,
        ["SCMP_ARCH_M68K"] = 0x0000_0004,
        ["SCMP_ARCH_SH"] = 0x4000_002a,
        ["SCMP_ARCH_SHEB"] = 0x0000_002a,
    };

    public static IReadOnlyList<string> Actions { get; } = [.. ActionValues.Keys.Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> Operators { get; } = [.. OperatorValues.Keys.Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> Architectures { get; } = [.. ArchitectureValues.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The action's number, with the errno or the tracer's message in its low half where it takes one (EPERM unless told).</summary>
    internal static uint Action(string? name, uint? errnoRet)
    {
        if (name is null || !ActionValues.TryGetValue(name, out var action))
            throw new ContainerException($"string {name} is not a valid action for seccomp");
        if (action is ActErrno or ActTrace) return action | (errnoRet ?? Syscalls.Errno.EPERM) & 0xffff;
        // config-linux.md, Seccomp: an errno with an action that has none is an error.
        return errnoRet is null ? action : throw new ContainerException($"errno value specified for seccomp action {name}");
    }

    internal static int Operator(string? name) =>
        name is not null && OperatorValues.TryGetValue(name, out var value)
            ? value
            : throw new ContainerException($"string {name} is not a valid operator for seccomp");

    internal static uint Architecture(string name) =>
        ArchitectureValues.TryGetValue(name, out var value) ? value : throw new ContainerException($"string {name} is not a valid arch for seccomp");
}
