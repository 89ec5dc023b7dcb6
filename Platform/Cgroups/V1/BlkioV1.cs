using System.Globalization;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups.V1;

/// <summary>The blkio controller, version 1. Weights are the I/O scheduler's: bfq names them otherwise than cfq did.</summary>
internal static class BlkioV1
{
    internal static void Apply(CgroupDirectory directory, BlockIo limits)
    {
        if (limits.Weight is { } weight and not 0) WriteWeight(directory, "weight", Text(weight));
        if (limits.LeafWeight is { } leaf and not 0) directory.Write("blkio.leaf_weight", leaf);
        foreach (var device in limits.WeightDevice ?? [])
        {
            if (device.Weight is { } own and not 0) WriteWeight(directory, "weight_device", Pair(device.Major, device.Minor, own));
            if (device.LeafWeight is { } ownLeaf and not 0) directory.Write("blkio.leaf_weight_device", Pair(device.Major, device.Minor, ownLeaf));
        }

        Throttle(directory, "blkio.throttle.read_bps_device", limits.ThrottleReadBpsDevice);
        Throttle(directory, "blkio.throttle.write_bps_device", limits.ThrottleWriteBpsDevice);
        Throttle(directory, "blkio.throttle.read_iops_device", limits.ThrottleReadIOPSDevice);
        Throttle(directory, "blkio.throttle.write_iops_device", limits.ThrottleWriteIOPSDevice);
    }

    private static void Throttle(CgroupDirectory directory, string file, IReadOnlyList<ThrottleDevice>? devices)
    {
        foreach (var device in devices ?? []) directory.Write(file, Pair(device.Major, device.Minor, device.Rate));
    }

    private static void WriteWeight(CgroupDirectory directory, string name, string value)
    {
        var errno = directory.TryWrite("blkio." + name, value);
        if (errno == Errno.ENOENT) directory.Write("blkio.bfq." + name, value);
        else if (errno != 0) throw directory.Failure("blkio." + name, value, errno);
    }

    private static string Pair(long major, long minor, ulong value) => string.Create(CultureInfo.InvariantCulture, $"{major}:{minor} {value}");

    private static string Text(ushort value) => value.ToString(CultureInfo.InvariantCulture);
}
