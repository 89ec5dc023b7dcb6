using System.Globalization;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups.V2;

/// <summary>The memory controller, version 2, from limits that are written for version 1: there swap is memory plus swap.</summary>
internal static class MemoryV2
{
    internal static void Apply(CgroupDirectory directory, MemoryLimits limits, List<string> warnings)
    {
        if (limits.Swappiness is not null) warnings.Add("memory swappiness is ignored: cgroup v2 has none");
        if (limits.DisableOOMKiller is true) warnings.Add("disableOOMKiller is ignored: cgroup v2 cannot disable the OOM killer");
        MemoryCheck.BeforeUpdate(directory, "memory.current", limits);
        var limit = limits.Limit ?? 0;
        if (Swap(limit, limits.Swap ?? 0) is { } swap)
        {
            var value = Text(swap);
            var errno = directory.TryWrite("memory.swap.max", value);
            // Without swap accounting there is no swap to limit: "none" and "any" hold as it is.
            if (errno != 0 && !(errno == Errno.ENOENT && swap is 0 or -1)) throw directory.Failure("memory.swap.max", value, errno);
        }

        if (limit != 0) directory.Write("memory.max", Text(limit));
        if (limits.Reservation is { } reservation and not 0) directory.Write("memory.low", Text(reservation));
    }

    /// <summary>The value for memory.swap.max: bytes, −1 for "max", null to leave it alone.</summary>
    /// <exception cref="ContainerException">The pair makes no sense.</exception>
    internal static long? Swap(long memory, long memoryAndSwap) => (memory, memoryAndSwap) switch
    {
        (-1, 0) => -1,
        (_, 0) => null,
        (_, -1) => -1,
        (-1, _) => memoryAndSwap,
        (0, _) => throw new ContainerException("unable to set swap limit without memory limit"),
        ( < 0, _) => throw new ContainerException($"invalid memory value: {memory}"),
        _ when memoryAndSwap < memory => throw new ContainerException("memory+swap limit should be >= memory limit"),
        _ => memoryAndSwap - memory,
    };

    private static string Text(long value) => value == -1 ? "max" : value.ToString(CultureInfo.InvariantCulture);
}
