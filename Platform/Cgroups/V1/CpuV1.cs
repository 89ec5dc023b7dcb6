using System.Globalization;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups.V1;

/// <summary>The cpu controller, version 1.</summary>
internal static class CpuV1
{
    private const ulong MinShares = 2;
    private const ulong MaxShares = 262144;

    internal static void Apply(CgroupDirectory directory, CpuLimits limits)
    {
        // A group that is idle takes no shares (EINVAL): it ceases to be before, and becomes so after.
        if (limits.Idle is 0) directory.Write("cpu.idle", 0);
        if (limits.Shares is { } shares and not 0)
        {
            // The kernel clamps what is out of range without a word.
            if (shares > MaxShares) throw new ContainerException($"the maximum allowed cpu-shares is {MaxShares}");
            if (shares < MinShares) throw new ContainerException($"the minimum allowed cpu-shares is {MinShares}");
            if (limits.Idle is not 1) directory.Write("cpu.shares", (long)shares);
        }

        ApplyBandwidth(directory, limits);
        if (limits.Idle is { } idle and not 0) directory.Write("cpu.idle", idle);
        ApplyRealtime(directory, limits);
    }

    // Period, burst and quota are checked against each other and against the parent: what fails before the quota is set can pass after it.
    private static void ApplyBandwidth(CgroupDirectory directory, CpuLimits limits)
    {
        var quota = limits.Quota is { } q and not 0 ? q : (long?)null;
        var again = new List<(string File, string Value)>();
        if (limits.Period is { } period and not 0) WriteOrDefer(directory, "cpu.cfs_period_us", Text(period), quota is not null, again);
        if (limits.Burst is { } burst) WriteOrDefer(directory, "cpu.cfs_burst_us", Text(burst), quota is not null, again);
        if (quota is { } value) directory.Write("cpu.cfs_quota_us", value);
        foreach (var (file, text) in again) directory.Write(file, text);
    }

    private static void ApplyRealtime(CgroupDirectory directory, CpuLimits limits)
    {
        var runtime = limits.RealtimeRuntime is { } r and not 0 ? r : (long?)null;
        var again = new List<(string File, string Value)>();
        if (limits.RealtimePeriod is { } period and not 0) WriteOrDefer(directory, "cpu.rt_period_us", Text(period), runtime is not null, again);
        if (runtime is { } value) directory.Write("cpu.rt_runtime_us", value);
        foreach (var (file, text) in again) directory.Write(file, text);
    }

    private static void WriteOrDefer(CgroupDirectory directory, string file, string value, bool mayDefer, List<(string, string)> again)
    {
        var errno = directory.TryWrite(file, value);
        if (errno == Errno.EINVAL && mayDefer) again.Add((file, value));
        // cpu.cfs_burst_us came with Linux 5.14.
        else if (errno != 0 && !(errno == Errno.ENOENT && file == "cpu.cfs_burst_us")) throw directory.Failure(file, value, errno);
    }

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
