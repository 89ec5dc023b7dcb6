using System.Globalization;
using Anocir.Platform.Oci;

namespace Anocir.Platform.Cgroups.V1;

/// <summary>net_cls and net_prio, which version 2 has not.</summary>
internal static class NetworkV1
{
    internal static void ApplyClass(CgroupDirectory directory, uint classId) => directory.Write("net_cls.classid", classId);

    internal static void ApplyPriorities(CgroupDirectory directory, IReadOnlyList<NetworkPriority> priorities)
    {
        foreach (var priority in priorities)
            directory.Write("net_prio.ifpriomap", string.Create(CultureInfo.InvariantCulture, $"{priority.Name} {priority.Priority}"));
    }
}
