using System.Globalization;
using Anocir.Platform.Security;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>What a process plan has to know of the host.</summary>
/// <param name="LastCapability">Number of the last capability the kernel has.</param>
/// <param name="AppArmor">Whether AppArmor is in force.</param>
/// <param name="Selinux">Whether SELinux is.</param>
public sealed record ProcessHost(int LastCapability, bool AppArmor, bool Selinux)
{
    /// <summary>Asks the running kernel. Does not change while it runs: keep it.</summary>
    public static ProcessHost Read()
    {
        var last = KernelFile.TryRead(null, "/proc/sys/kernel/cap_last_cap", out _);
        return new ProcessHost(
            int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : CapabilityNames.Last,
            KernelFile.TryRead(null, "/sys/module/apparmor/parameters/enabled", out _) is ['Y', ..] && Directory.Exists("/sys/kernel/security/apparmor"),
            File.Exists("/sys/fs/selinux/enforce"));
    }
}
