namespace Anocir.Platform.Cgroups;

/// <summary>What the host's resource control file system offers (Documentation/arch/x86/resctrl.rst).</summary>
public static class Resctrl
{
    private const string Root = "/sys/fs/resctrl";

    /// <summary>It is mounted, and allocates the L3 cache.</summary>
    public static bool HasL3 => Directory.Exists(Root + "/info/L3");

    /// <summary>It is mounted, and allocates memory bandwidth.</summary>
    public static bool HasMemoryBandwidth => Directory.Exists(Root + "/info/MB");
}
