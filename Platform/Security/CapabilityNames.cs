namespace Anocir.Platform.Security;

/// <summary>The kernel's capabilities by number and by name ("CAP_CHOWN" is 0).</summary>
public static class CapabilityNames
{
    private static readonly string[] Names =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW",
        "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
        "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
        "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    public const int SysAdmin = 21;

    /// <summary>Every name this build knows, in the order of their numbers.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>The number of the last capability this build knows.</summary>
    public static int Last => Names.Length - 1;

    /// <summary>The name, or "CAP_41" for a number without one.</summary>
    public static string Of(int capability) => capability < Names.Length ? Names[capability] : $"CAP_{capability}";

    /// <summary>The number, or −1 for a name the kernel does not have.</summary>
    public static int NumberOf(string name) => Array.IndexOf(Names, name);

    /// <summary>The names of the bits that are set, for a message: "CAP_CHOWN, CAP_KILL".</summary>
    public static string Describe(ulong mask) =>
        string.Join(", ", Enumerable.Range(0, 64).Where(bit => (mask >> bit & 1) != 0).Select(Of));
}
