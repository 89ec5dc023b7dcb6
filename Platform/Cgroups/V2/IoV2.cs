using System.Globalization;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups.V2;

/// <summary>The io controller, version 2.</summary>
internal static class IoV2
{
    internal static void Apply(CgroupDirectory directory, BlockIo limits, List<string> warnings)
    {
        if (limits.LeafWeight is > 0) warnings.Add("blockIO leafWeight is ignored: cgroup v2 has none");
        if (limits.Weight is { } weight and not 0)
        {
            var value = weight.ToString(CultureInfo.InvariantCulture);
            var errno = directory.TryWrite("io.bfq.weight", value);
            if (errno == Errno.ENOENT) directory.Write("io.weight", (long)Weight(weight));
            else if (errno != 0) throw directory.Failure("io.bfq.weight", value, errno);
        }

        foreach (var device in limits.WeightDevice ?? []) ApplyDeviceWeight(directory, device, warnings);
        Throttle(directory, "rbps", limits.ThrottleReadBpsDevice);
        Throttle(directory, "wbps", limits.ThrottleWriteBpsDevice);
        Throttle(directory, "riops", limits.ThrottleReadIOPSDevice);
        Throttle(directory, "wiops", limits.ThrottleWriteIOPSDevice);
    }

    /// <summary>A blkio weight (10 to 1000) as an io weight (1 to 10000), linearly.</summary>
    internal static ulong Weight(ushort weight) => weight == 0 ? 0 : 1 + ((Math.Max(weight, (ushort)10) - 10UL) * 9999 / 990);

    private static void ApplyDeviceWeight(CgroupDirectory directory, WeightDevice device, List<string> warnings)
    {
        if (device.Weight is not { } weight || weight == 0) return;
        var value = string.Create(CultureInfo.InvariantCulture, $"{device.Major}:{device.Minor} {weight}");
        var errno = directory.TryWrite("io.bfq.weight", value);
        if (errno == 0) return;
        // Weights by device came with Linux 5.4 (EINVAL before); without bfq nobody looks at them.
        if (errno is not (Errno.ENOENT or Errno.EINVAL)) throw directory.Failure("io.bfq.weight", value, errno);
        warnings.Add($"the I/O weight of device {device.Major}:{device.Minor} is ignored: the kernel has no weights by device");
    }

    private static void Throttle(CgroupDirectory directory, string key, IReadOnlyList<ThrottleDevice>? devices)
    {
        foreach (var device in devices ?? [])
        {
            // 0 removes a limit in version 1; here that is spelled "max", and 0 is refused.
            var rate = device.Rate == 0 ? "max" : device.Rate.ToString(CultureInfo.InvariantCulture);
            directory.Write("io.max", string.Create(CultureInfo.InvariantCulture, $"{device.Major}:{device.Minor} {key}={rate}"));
        }
    }
}
