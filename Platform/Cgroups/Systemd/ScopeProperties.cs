using Anocir.Platform.Cgroups.Devices;
using Anocir.Platform.Oci;
using Anocir.Platform.Systemd;

namespace Anocir.Platform.Cgroups.Systemd;

/// <summary>All properties of a container's scope at its start. Later ones win over earlier ones of the same name.</summary>
internal static class ScopeProperties
{
    /// <param name="order">The container.</param>
    /// <param name="init">Host pid of its init: a scope is never without a process.</param>
    /// <param name="facts">Of the manager.</param>
    /// <param name="legacy">cgroup v1.</param>
    /// <param name="bfq">The kernel weighs block devices by io.bfq.weight.</param>
    /// <param name="restrictsDevices">False for a user's manager, which cannot.</param>
    /// <param name="rounded">The resources as they are to be written to files.</param>
    /// <exception cref="ContainerException">A limit makes no sense, or an annotation is malformed.</exception>
    internal static IReadOnlyList<UnitProperty> From(
        CgroupOrder order, int init, SystemdFacts facts, bool legacy, bool bfq, bool restrictsDevices, out Resources? rounded)
    {
        var resources = order.Resources;
        rounded = null;
        return
        [
            new UnitProperty("Description", $"anocir container {order.Id}"),
            new UnitProperty("Slice", order.Location.Slice ?? throw new ArgumentException("not a unit's location", nameof(order))),
            // Below this cgroup nothing is systemd's.
            new UnitProperty("Delegate", true),
            new UnitProperty("PIDs", BusValue.Array("u", [BusValue.UInt32((uint)init)])),
            // Engines read usage from every controller, limits or not.
            new UnitProperty("MemoryAccounting", true),
            new UnitProperty("CPUAccounting", true),
            new UnitProperty(legacy ? "BlockIOAccounting" : "IOAccounting", true),
            new UnitProperty("TasksAccounting", true),
            // systemd would stop it at shutdown by itself, before the engine that owns it can.
            new UnitProperty("DefaultDependencies", false),
            .. AnnotatedProperties.From(order.Annotations),
            .. legacy ? [] : UnifiedProperties.AtStart(resources?.Unified, facts),
            .. restrictsDevices ? DeviceProperties.From(DeviceRules.From(resources?.Devices, order.Devices), legacy) : [],
            .. resources is null ? [] : ResourceProperties.From(resources, facts, legacy, bfq, out rounded),
        ];
    }
}
