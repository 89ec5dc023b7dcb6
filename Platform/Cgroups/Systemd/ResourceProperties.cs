using System.Globalization;
using Anocir.Platform.Cgroups.V2;
using Anocir.Platform.Oci;
using Anocir.Platform.Systemd;

namespace Anocir.Platform.Cgroups.Systemd;

/// <summary>
/// Resources as properties of a unit. systemd writes the files of a unit again whenever it sees a reason to, so whatever has a property
/// must be set through it; the rest it leaves alone in a unit that is delegated.
/// </summary>
internal static class ResourceProperties
{
    /// <param name="resources">Limits; devices are not looked at.</param>
    /// <param name="facts">Of the manager.</param>
    /// <param name="legacy">cgroup v1.</param>
    /// <param name="bfq">The kernel weighs block devices by io.bfq.weight.</param>
    /// <param name="rounded">What is to be written to the files: the same, but for a quota that systemd keeps in whole percents.</param>
    /// <exception cref="ContainerException">A value makes no sense.</exception>
    internal static IReadOnlyList<UnitProperty> From(Resources resources, SystemdFacts facts, bool legacy, bool bfq, out Resources rounded)
    {
        var properties = new List<UnitProperty>();
        if (resources.Memory is { } memory) AddMemory(properties, memory, legacy);
        rounded = resources.Cpu is { } cpu ? resources with { Cpu = AddCpu(properties, cpu, facts, legacy) } : resources;
        // systemd has no 0 here; the file gets it.
        if (resources.Pids?.Limit is { } tasks) properties.Add(new UnitProperty("TasksMax", tasks < 0 ? ulong.MaxValue : Math.Max(1, (ulong)tasks)));
        if (resources.BlockIO is { } io) AddIo(properties, io, legacy, bfq);
        if (!legacy) properties.AddRange(UnifiedProperties.From(resources.Unified, facts));
        return properties;
    }

    private static void AddMemory(List<UnitProperty> properties, MemoryLimits memory, bool legacy)
    {
        var limit = memory.Limit ?? 0;
        if (legacy)
        {
            if (limit != 0) properties.Add(new UnitProperty("MemoryLimit", Bytes(limit)));
            return;
        }

        var swap = MemoryV2.Swap(limit, memory.Swap ?? 0);
        if (limit != 0) properties.Add(new UnitProperty("MemoryMax", Bytes(limit)));
        if (memory.Reservation is { } reservation and not 0) properties.Add(new UnitProperty("MemoryLow", Bytes(reservation)));
        if (swap is { } bytes) properties.Add(new UnitProperty("MemorySwapMax", Bytes(bytes)));
    }

    private static CpuLimits AddCpu(List<UnitProperty> properties, CpuLimits cpu, SystemdFacts facts, bool legacy)
    {
        var shares = cpu.Shares ?? 0;
        if (legacy)
        {
            if (shares != 0) properties.Add(new UnitProperty("CPUShares", shares));
        }
        else if (cpu.Idle == 1 && facts.HasIdleWeight) properties.Add(new UnitProperty("CPUWeight", 0));
        else if (shares != 0) properties.Add(new UnitProperty("CPUWeight", CpuV2.Weight(shares)));

        var quota = cpu.Quota ?? 0;
        properties.AddRange(CpuQuota.Properties(ref quota, cpu.Period ?? 0));
        if (!legacy && !string.IsNullOrEmpty(cpu.Cpus)) properties.Add(new UnitProperty("AllowedCPUs", UnitBits.Parse(cpu.Cpus, "resources.CPU.Cpus")));
        if (!legacy && !string.IsNullOrEmpty(cpu.Mems)) properties.Add(new UnitProperty("AllowedMemoryNodes", UnitBits.Parse(cpu.Mems, "resources.CPU.Mems")));
        return quota == (cpu.Quota ?? 0) ? cpu : cpu with { Quota = quota };
    }

    private static void AddIo(List<UnitProperty> properties, BlockIo io, bool legacy, bool bfq)
    {
        if (legacy)
        {
            if (io.Weight is > 0 and var blkio) properties.Add(new UnitProperty("BlockIOWeight", (ulong)blkio));
            return;
        }

        if (io.Weight is > 0 and var weight) properties.Add(new UnitProperty("IOWeight", bfq ? FromBfq(weight) : IoV2.Weight(weight)));
        if (bfq) AddDevices(properties, "IODeviceWeight", (io.WeightDevice ?? []).Where(d => d.Weight is > 0).Select(d => (d.Major, d.Minor, FromBfq(d.Weight!.Value))));
        AddThrottle(properties, "IOReadBandwidthMax", io.ThrottleReadBpsDevice);
        AddThrottle(properties, "IOWriteBandwidthMax", io.ThrottleWriteBpsDevice);
        AddThrottle(properties, "IOReadIOPSMax", io.ThrottleReadIOPSDevice);
        AddThrottle(properties, "IOWriteIOPSMax", io.ThrottleWriteIOPSDevice);
    }

    // 0 lifts a limit in version 1; in version 2 it is said so.
    private static void AddThrottle(List<UnitProperty> properties, string name, IReadOnlyList<ThrottleDevice>? devices) =>
        AddDevices(properties, name, (devices ?? []).Select(d => (d.Major, d.Minor, d.Rate == 0 ? ulong.MaxValue : d.Rate)));

    private static void AddDevices(List<UnitProperty> properties, string name, IEnumerable<(long Major, long Minor, ulong Value)> devices)
    {
        var entries = devices
            .Select(d => BusValue.Struct(BusValue.String(string.Create(CultureInfo.InvariantCulture, $"/dev/block/{d.Major}:{d.Minor}")), BusValue.UInt64(d.Value)))
            .ToArray();
        if (entries.Length > 0) properties.Add(new UnitProperty(name, BusValue.Array("(st)", entries)));
    }

    /// <summary>The IOWeight (1 to 10000) of which systemd makes this io.bfq.weight (1 to 1000); both have the default 100.</summary>
    private static ulong FromBfq(ushort weight) => weight <= 100 ? weight : 100 + ((weight - 100UL) * 11);

    private static ulong Bytes(long value) => value < 0 ? ulong.MaxValue : (ulong)value;
}
