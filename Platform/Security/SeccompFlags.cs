using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Security;

/// <summary>Flags of seccomp(2) by name: those known, and those the running kernel takes.</summary>
public static class SeccompFlags
{
    public const uint Log = 1 << 1;
    public const uint SpecAllow = 1 << 2;
    public const uint NewListener = 1 << 3;
    public const uint WaitKillableRecv = 1 << 5;

    // TSYNC is accepted and has no effect: the filter is loaded right before execve, which ends all other threads.
    private static readonly (string Name, uint Value)[] Table =
    [
        ("SECCOMP_FILTER_FLAG_TSYNC", 0),
        ("SECCOMP_FILTER_FLAG_SPEC_ALLOW", SpecAllow),
        ("SECCOMP_FILTER_FLAG_LOG", Log),
        ("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", WaitKillableRecv),
    ];

    private static readonly Lazy<uint> OfKernel = new(static () =>
    {
        var taken = 0u;
        foreach (var flag in (ReadOnlySpan<uint>)[Log, SpecAllow, NewListener])
            if (ProcessCalls.SeccompTakes(flag)) taken |= flag;
        // Meaningful, and taken, only beside NEW_LISTENER.
        return ProcessCalls.SeccompTakes(NewListener | WaitKillableRecv) ? taken | WaitKillableRecv : taken;
    });

    public static IReadOnlyList<string> Known { get; } = [.. Table.Select(static f => f.Name)];

    /// <summary>The known flags that the running kernel takes.</summary>
    public static IReadOnlyList<string> Supported => [.. Table.Where(static f => IsSupported(f.Value)).Select(static f => f.Name)];

    internal static bool IsSupported(uint flag) => (OfKernel.Value & flag) == flag;

    /// <summary>The flags of a profile. None said at all (null) means SPEC_ALLOW where there is such a thing; an empty list means none.</summary>
    internal static uint Parse(IReadOnlyList<string>? names)
    {
        if (names is null) return IsSupported(SpecAllow) ? SpecAllow : 0;
        var flags = 0u;
        foreach (var name in names)
        {
            var index = Array.FindIndex(Table, f => f.Name == name);
            if (index < 0) throw new ContainerException($"seccomp flag {name} is not known to anocir");
            if (!IsSupported(Table[index].Value)) throw new ContainerException($"seccomp flag {name} is not supported by this kernel");
            flags |= Table[index].Value;
        }

        return flags;
    }
}
