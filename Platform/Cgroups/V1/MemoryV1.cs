using System.Globalization;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups.V1;

/// <summary>The memory controller, version 1.</summary>
internal static class MemoryV1
{
    private const string LimitFile = "memory.limit_in_bytes";
    private const string SwapFile = "memory.memsw.limit_in_bytes";

    internal static void Apply(CgroupDirectory directory, MemoryLimits limits)
    {
        MemoryCheck.BeforeUpdate(directory, "memory.usage_in_bytes", limits);
        var limit = limits.Limit ?? 0;
        var swap = limits.Swap ?? 0;
        // Unlimited memory under a limit on memory plus swap would not be unlimited. Absent without swap accounting.
        if (limit == -1 && swap == 0 && directory.TryWrite(SwapFile, "-1") is var unlimited and not (0 or Errno.ENOENT))
            throw directory.Failure(SwapFile, "-1", unlimited);
        ApplyBoth(directory, limit, swap);
        if (limits.Reservation is { } reservation and not 0) directory.Write("memory.soft_limit_in_bytes", reservation);
        if (limits.DisableOOMKiller is true) directory.Write("memory.oom_control", "1");
        if (limits.Swappiness is { } swappiness && swappiness != ulong.MaxValue)
        {
            if (swappiness > 100) throw new ContainerException($"invalid memory swappiness value: {swappiness} (valid range is 0-100)");
            directory.Write("memory.swappiness", (long)swappiness);
        }
    }

    // The kernel keeps limit <= memory+swap limit at every moment (EINVAL): lowering goes limit first, raising goes swap first.
    private static void ApplyBoth(CgroupDirectory directory, long limit, long swap)
    {
        var limitErrno = limit == 0 ? 0 : directory.TryWrite(LimitFile, Text(limit));
        if (limitErrno == Errno.EBUSY)
        {
            throw new ContainerException(
                $"unable to set memory limit to {limit} (current usage: {directory.ReadNumber("memory.usage_in_bytes")}, "
                + $"peak usage: {directory.ReadNumber("memory.max_usage_in_bytes")})");
        }

        if (limitErrno != 0 && (limitErrno != Errno.EINVAL || swap == 0)) throw directory.Failure(LimitFile, Text(limit), limitErrno);
        if (swap != 0) directory.Write(SwapFile, swap);
        if (limitErrno != 0) directory.Write(LimitFile, limit);
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
