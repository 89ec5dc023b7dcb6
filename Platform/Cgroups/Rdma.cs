using System.Globalization;
using Anocir.Platform.Oci;

namespace Anocir.Platform.Cgroups;

/// <summary>The rdma controller, the same in both versions.</summary>
internal static class Rdma
{
    internal static void Apply(CgroupDirectory directory, IReadOnlyDictionary<string, RdmaLimit> limits)
    {
        foreach (var (device, limit) in limits)
        {
            if (limit.HcaHandles is null && limit.HcaObjects is null)
                throw new ContainerException($"rdma limit of {device} names neither hcaHandles nor hcaObjects");
            var value = device;
            if (limit.HcaHandles is { } handles) value += string.Create(CultureInfo.InvariantCulture, $" hca_handle={handles}");
            if (limit.HcaObjects is { } objects) value += string.Create(CultureInfo.InvariantCulture, $" hca_object={objects}");
            directory.Write("rdma.max", value);
        }
    }
}
