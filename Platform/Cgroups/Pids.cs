using System.Globalization;
using Anocir.Platform.Oci;

namespace Anocir.Platform.Cgroups;

/// <summary>The pids controller, the same in both versions.</summary>
internal static class Pids
{
    internal static void Apply(CgroupDirectory directory, PidsLimits limits)
    {
        if (limits.Limit is not { } limit) return;
        directory.Write("pids.max", limit < 0 ? "max" : limit.ToString(CultureInfo.InvariantCulture));
    }
}
