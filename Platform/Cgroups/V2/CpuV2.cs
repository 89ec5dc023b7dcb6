using System.Globalization;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups.V2;

/// <summary>The cpu and cpuset controllers, version 2.</summary>
internal static class CpuV2
{
    private const ulong DefaultPeriod = 100000;

    internal static void Apply(CgroupDirectory directory, CpuLimits limits)
    {
        if (limits.Idle is { } idle) directory.Write("cpu.idle", idle);
        // An idle group has no weight of its own (EINVAL).
        if (Weight(limits.Shares ?? 0) is var weight and not 0 && limits.Idle is not 1) directory.Write("cpu.weight", (long)weight);
        ApplyBandwidth(directory, limits);
    }

    internal static void ApplySet(CgroupDirectory directory, CpuLimits limits)
    {
        if (!string.IsNullOrEmpty(limits.Cpus)) directory.Write("cpuset.cpus", limits.Cpus);
        if (!string.IsNullOrEmpty(limits.Mems)) directory.Write("cpuset.mems", limits.Mems);
    }

    /// <summary>
    /// Shares (2 to 262144, default 1024) as a weight (1 to 10000, default 100). The curve goes through all three pairs; it is the one
    /// that runc, crun and systemd agreed on. 0 is unset.
    /// </summary>
    internal static ulong Weight(ulong shares)
    {
        if (shares == 0) return 0;
        if (shares <= 2) return 1;
        if (shares >= 262144) return 10000;
        var l = Math.Log2(shares);
        return (ulong)Math.Ceiling(Math.Pow(10, ((l * l) + (125 * l)) / 612.0 - (7.0 / 34.0)));
    }

    // A burst above the old quota is refused (EINVAL), one within the new quota is not.
    private static void ApplyBandwidth(CgroupDirectory directory, CpuLimits limits)
    {
        var quota = limits.Quota ?? 0;
        var burst = limits.Burst?.ToString(CultureInfo.InvariantCulture);
        if (burst is not null)
        {
            var errno = directory.TryWrite("cpu.max.burst", burst);
            if (errno is not 0 && (errno != Errno.EINVAL || quota == 0)) throw directory.Failure("cpu.max.burst", burst, errno);
            if (errno == 0) burst = null;
        }

        var period = limits.Period ?? 0;
        if (quota == 0 && period == 0) return;
        var value = quota > 0 ? quota.ToString(CultureInfo.InvariantCulture) : "max";
        directory.Write("cpu.max", string.Create(CultureInfo.InvariantCulture, $"{value} {(period == 0 ? DefaultPeriod : period)}"));
        if (burst is not null) directory.Write("cpu.max.burst", burst);
    }
}
