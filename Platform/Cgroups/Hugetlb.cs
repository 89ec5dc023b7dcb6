using System.Globalization;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>The hugetlb controller of both versions: a limit on faults, and the same on reservations where the kernel has it (5.7).</summary>
internal static class Hugetlb
{
    internal static void Apply(CgroupDirectory directory, IReadOnlyList<HugepageLimit> limits)
    {
        var suffix = directory.Hierarchy.IsUnified ? "max" : "limit_in_bytes";
        foreach (var limit in limits)
        {
            if (limit.PageSize is not { Length: > 0 } size || size.Contains('/', StringComparison.Ordinal))
                throw new ContainerException($"invalid hugepage size \"{limit.PageSize}\"");
            var value = limit.Limit.ToString(CultureInfo.InvariantCulture);
            directory.Write($"hugetlb.{size}.{suffix}", value);
            var reserved = $"hugetlb.{size}.rsvd.{suffix}";
            var errno = directory.TryWrite(reserved, value);
            if (errno is not (0 or Errno.ENOENT)) throw directory.Failure(reserved, value, errno);
        }
    }
}
