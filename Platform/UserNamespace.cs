using Anocir.Platform.Syscalls;

namespace Anocir.Platform;

/// <summary>The user namespace of this process.</summary>
public static class UserNamespace
{
    /// <summary>It is not the host's: its ids are mapped.</summary>
    public static bool IsOurs { get; } = !KernelFile.Read("/proc/self/uid_map").TrimEnd().EndsWith(" 4294967295", StringComparison.Ordinal);
}
