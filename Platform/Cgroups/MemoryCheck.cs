using Anocir.Platform.Oci;

namespace Anocir.Platform.Cgroups;

/// <summary><c>memory.checkBeforeUpdate</c>: a limit at or below what is in use is refused instead of enforced by killing (config-linux.md, Memory).</summary>
internal static class MemoryCheck
{
    internal static void BeforeUpdate(CgroupDirectory directory, string usageFile, MemoryLimits limits)
    {
        if (limits.CheckBeforeUpdate is not true || (limits.Limit is not > 0 && limits.Swap is not > 0)) return;
        if (directory.ReadNumber(usageFile) is not { } usage) return;
        if (limits.Swap is > 0 and var swap && (ulong)swap <= usage)
            throw new ContainerException($"rejecting memory+swap limit {swap} <= usage {usage}");
        if (limits.Limit is > 0 and var limit && (ulong)limit <= usage)
            throw new ContainerException($"rejecting memory limit {limit} <= usage {usage}");
    }
}
