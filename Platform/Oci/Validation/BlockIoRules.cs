namespace Anocir.Platform.Oci.Validation;

/// <summary>config-linux.md, Block IO.</summary>
internal static class BlockIoRules
{
    public static void Check(BlockIo blockIo, string field, Findings findings)
    {
        CheckWeight(field + ".weight", blockIo.Weight, findings);
        CheckWeight(field + ".leafWeight", blockIo.LeafWeight, findings);
        var weights = findings.Items(field + ".weightDevice", blockIo.WeightDevice);
        for (var i = 0; i < weights.Count; i++)
        {
            var device = weights[i];
            CheckNumbers($"{field}.weightDevice[{i}]", device.Major, device.Minor, findings);
            if (device is { Weight: null, LeafWeight: null }) findings.Fail($"{field}.weightDevice[{i}]", "must have weight or leafWeight");
            CheckWeight($"{field}.weightDevice[{i}].weight", device.Weight, findings);
            CheckWeight($"{field}.weightDevice[{i}].leafWeight", device.LeafWeight, findings);
        }
        CheckThrottles(field + ".throttleReadBpsDevice", blockIo.ThrottleReadBpsDevice, findings);
        CheckThrottles(field + ".throttleWriteBpsDevice", blockIo.ThrottleWriteBpsDevice, findings);
        CheckThrottles(field + ".throttleReadIOPSDevice", blockIo.ThrottleReadIOPSDevice, findings);
        CheckThrottles(field + ".throttleWriteIOPSDevice", blockIo.ThrottleWriteIOPSDevice, findings);
    }

    private static void CheckWeight(string field, ushort? weight, Findings findings)
    {
        // Docker writes 0 for "not set".
        if (weight is not (null or 0) and (< 10 or > 1000)) findings.Fail(field, $"must be from 10 to 1000, not {weight}");
    }

    private static void CheckThrottles(string field, IReadOnlyList<ThrottleDevice>? throttles, Findings findings)
    {
        throttles = findings.Items(field, throttles);
        for (var i = 0; i < throttles.Count; i++) CheckNumbers($"{field}[{i}]", throttles[i].Major, throttles[i].Minor, findings);
    }

    private static void CheckNumbers(string field, long major, long minor, Findings findings)
    {
        if (major is < 0 or > uint.MaxValue) findings.Fail(field + ".major", $"{major} is not a device number");
        if (minor is < 0 or > uint.MaxValue) findings.Fail(field + ".minor", $"{minor} is not a device number");
    }
}
