using Anocir.Platform.Cgroups.V1;
using Anocir.Platform.Cgroups.V2;
using Anocir.Platform.Oci;

namespace Anocir.Platform.Cgroups;

/// <summary>
/// Writes resources to the directories of one cgroup. A controller is version 1 where such a hierarchy has it, else version 2.
/// Only what is set is written; 0 means unset where the specification's Go ancestors could not tell the two apart.
/// </summary>
internal sealed class CgroupLimits(CgroupHost host, IReadOnlyList<CgroupDirectory> directories)
{
    internal List<string> Warnings { get; } = [];

    internal void Apply(Resources resources)
    {
        if (resources.Memory is { } memory) ApplyMemory(memory);
        if (resources.Cpu is { } cpu) ApplyCpu(cpu);
        if (resources.Pids is { Limit: not null } pids) Pids.Apply(Need("pids"), pids);
        if (resources.BlockIO is { } io && IsSet(io)) ApplyIo(io);
        if (resources.HugepageLimits is { Count: > 0 } pages) Hugetlb.Apply(Need("hugetlb"), pages);
        if (resources.Rdma is { Count: > 0 } rdma) Rdma.Apply(Need("rdma"), rdma);
        if (resources.Network is { } network) ApplyNetwork(network);
        if (resources.Unified is { Count: > 0 } unified)
        {
            RefuseUnifiedOnV1(host, resources);
            UnifiedV2.Apply(directories.FirstOrDefault(d => d.Hierarchy.IsUnified) ?? throw Missing("unified"), unified);
        }
    }

    /// <summary>The version 2 controllers that the resources need.</summary>
    internal static IEnumerable<string> Controllers(Resources? resources)
    {
        if (resources is null) yield break;
        if (resources.Memory is { } m && IsSet(m)) yield return "memory";
        if (resources.Cpu is { } cpu && IsSet(cpu)) yield return "cpu";
        if (resources.Cpu is { } set && IsSetSet(set)) yield return "cpuset";
        if (resources.Pids?.Limit is not null) yield return "pids";
        if (resources.BlockIO is { } io && IsSet(io)) yield return "io";
        if (resources.HugepageLimits is { Count: > 0 }) yield return "hugetlb";
        if (resources.Rdma is { Count: > 0 }) yield return "rdma";
        foreach (var file in resources.Unified?.Keys ?? [])
        {
            var dot = file.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0 && !file.StartsWith("cgroup.", StringComparison.Ordinal)) yield return file[..dot];
        }
    }

    /// <exception cref="ContainerException">"invalid configuration: ..."</exception>
    internal static void RefuseUnifiedOnV1(CgroupHost host, Resources? resources)
    {
        if (resources?.Unified is { Count: > 0 } && host.Layout != CgroupLayout.Unified)
            throw new ContainerException("invalid configuration: cannot use unified on cgroup v1");
    }

    private void ApplyMemory(MemoryLimits memory)
    {
        if (memory.Kernel is not (null or 0) || memory.KernelTCP is not (null or 0))
            Warnings.Add("Kernel memory settings are ignored and will be removed");
        if (!IsSet(memory) && memory.Swappiness is null && memory.DisableOOMKiller is not true) return;
        var directory = Need("memory");
        if (directory.Hierarchy.IsUnified) MemoryV2.Apply(directory, memory, Warnings);
        else MemoryV1.Apply(directory, memory);
    }

    private void ApplyCpu(CpuLimits cpu)
    {
        if (IsSet(cpu) || IsRealtimeSet(cpu))
        {
            var directory = Need("cpu");
            if (!directory.Hierarchy.IsUnified) CpuV1.Apply(directory, cpu);
            else
            {
                if (IsRealtimeSet(cpu)) Warnings.Add("realtime CPU limits are ignored: cgroup v2 has none");
                CpuV2.Apply(directory, cpu);
            }
        }

        if (!IsSetSet(cpu)) return;
        var set = Need("cpuset");
        if (set.Hierarchy.IsUnified) CpuV2.ApplySet(set, cpu);
        else CpusetV1.Apply(set, cpu);
    }

    private void ApplyIo(BlockIo io)
    {
        if (Find("blkio") is { Hierarchy.IsUnified: false } legacy) BlkioV1.Apply(legacy, io);
        else IoV2.Apply(Find("io") ?? throw Missing("blkio"), io, Warnings);
    }

    private void ApplyNetwork(NetworkLimits network)
    {
        if (host.Layout == CgroupLayout.Unified)
        {
            if (network.ClassID is > 0 || network.Priorities is { Count: > 0 }) Warnings.Add("network limits are ignored: cgroup v2 has none");
            return;
        }

        if (network.ClassID is { } classId and not 0) NetworkV1.ApplyClass(Need("net_cls"), classId);
        if (network.Priorities is { Count: > 0 } priorities) NetworkV1.ApplyPriorities(Need("net_prio"), priorities);
    }

    private CgroupDirectory Need(string controller) => Find(controller) ?? throw Missing(controller);

    private CgroupDirectory? Find(string controller)
    {
        CgroupDirectory? unified = null;
        foreach (var directory in directories)
        {
            if (!directory.Hierarchy.IsUnified && directory.Hierarchy.Has(controller)) return directory;
            // A pure version 2 host has every controller here, or nowhere: the missing file tells which.
            if (directory.Hierarchy.IsUnified && (host.Layout == CgroupLayout.Unified || directory.Hierarchy.Has(controller))) unified = directory;
        }

        return unified;
    }

    private static ContainerException Missing(string controller) =>
        new($"cannot set {controller} limit: container could not join or create cgroup");

    private static bool IsSet(MemoryLimits m) => m.Limit is not (null or 0) || m.Swap is not (null or 0) || m.Reservation is not (null or 0);

    private static bool IsSet(CpuLimits c) =>
        c.Shares is not (null or 0) || c.Quota is not (null or 0) || c.Period is not (null or 0) || c.Burst is not null || c.Idle is not null;

    private static bool IsRealtimeSet(CpuLimits c) => c.RealtimeRuntime is not (null or 0) || c.RealtimePeriod is not (null or 0);

    private static bool IsSetSet(CpuLimits c) => !string.IsNullOrEmpty(c.Cpus) || !string.IsNullOrEmpty(c.Mems);

    private static bool IsSet(BlockIo io) =>
        io.Weight is > 0 || io.LeafWeight is > 0
        || io.WeightDevice is { Count: > 0 }
        || io.ThrottleReadBpsDevice is { Count: > 0 } || io.ThrottleWriteBpsDevice is { Count: > 0 }
        || io.ThrottleReadIOPSDevice is { Count: > 0 } || io.ThrottleWriteIOPSDevice is { Count: > 0 };
}
