using Anocir.Platform.Oci;

namespace Anocir.Platform.Cgroups;

/// <summary>
/// What an update comes to: what is to be written, and what the container has afterwards. 0 and the empty string mean "as it is", but
/// for pids, burst and idle. A setting that goes with another in the kernel (memory and swap, quota and period) brings that along.
/// </summary>
public sealed record ResourceChange
{
    private ResourceChange(Resources asked, Resources written, Resources merged)
    {
        Asked = asked;
        Written = written;
        Merged = merged;
    }

    /// <summary>What the caller gave, without what is empty.</summary>
    public Resources Asked { get; }

    /// <summary>Nothing of it goes to the kernel.</summary>
    public bool IsEmpty => Written.Equals(new Resources());

    /// <summary>What goes to the kernel.</summary>
    public Resources Written { get; }

    /// <summary>What the next update starts from.</summary>
    public Resources Merged { get; }

    /// <summary>Works it out. Pure: reads nothing of the host.</summary>
    /// <param name="present">What the container has; null where nothing is known of that.</param>
    /// <param name="asked">The change.</param>
    /// <exception cref="ContainerException">A value makes no sense, by itself or with those that stay.</exception>
    public static ResourceChange Of(Resources? present, Resources asked)
    {
        SpecValidator.ValidateResources(asked, partial: true);
        present ??= new Resources();
        var memory = OfMemory(present.Memory ?? new(), asked.Memory ?? new());
        var cpu = OfCpu(present.Cpu ?? new(), asked.Cpu ?? new());
        var io = OfBlockIo(present.BlockIO ?? new(), asked.BlockIO ?? new());
        var pages = Upserted(present.HugepageLimits, asked.HugepageLimits, p => p.PageSize, (_, p) => p);
        var network = OfNetwork(present.Network ?? new(), asked.Network ?? new());
        var devices = asked.Devices is { Count: > 0 } given && !given.SequenceEqual(present.Devices ?? []) ? given : null;
        var change = new ResourceChange(
            asked with { Memory = Some(asked.Memory), Cpu = Some(asked.Cpu), Pids = Some(asked.Pids), BlockIO = Some(asked.BlockIO) },
            new Resources
            {
                Memory = Some(memory.Written),
                Cpu = Some(cpu.Written),
                Pids = Some(asked.Pids),
                BlockIO = Some(io.Written),
                // An engine may send the whole specification again: what it repeats of these is left as it is, as runc leaves all of them.
                HugepageLimits = Differing(present.HugepageLimits, asked.HugepageLimits),
                Rdma = Differing(present.Rdma, asked.Rdma),
                Network = Some(network.Written),
                Devices = devices,
                Unified = asked.Unified is { Count: > 0 } ? asked.Unified : null,
            },
            new Resources
            {
                Memory = Some(memory.Merged),
                Cpu = Some(cpu.Merged),
                Pids = asked.Pids?.Limit is null ? present.Pids : asked.Pids,
                BlockIO = Some(io.Merged),
                HugepageLimits = pages,
                Rdma = Union(present.Rdma, asked.Rdma),
                Network = Some(network.Merged),
                Devices = devices ?? present.Devices,
                Unified = Union(present.Unified, asked.Unified),
            });
        // With those that stay: only where the change touches them, for what the container has was accepted once.
        SpecValidator.ValidateResources(new Resources { Memory = change.Written.Memory, Cpu = cpu.Checked }, partial: false);
        return change;
    }

    private static (MemoryLimits Written, MemoryLimits Merged) OfMemory(MemoryLimits present, MemoryLimits asked)
    {
        var (limit, swap) = (Given(asked.Limit), Given(asked.Swap));
        var merged = present with
        {
            Limit = limit ?? present.Limit,
            // Memory without a limit, and not a word of swap: both are without (0 says that to the writer, beside -1).
            Swap = limit == -1 && swap is null ? null : swap ?? present.Swap,
            Reservation = Given(asked.Reservation) ?? present.Reservation,
            Swappiness = Swappiness(asked) ?? present.Swappiness,
            Kernel = null,
            KernelTCP = null,
            CheckBeforeUpdate = asked.CheckBeforeUpdate,
        };
        var both = limit is not null || swap is not null;
        var written = new MemoryLimits
        {
            Limit = both ? merged.Limit : null,
            Swap = both ? merged.Swap : null,
            Reservation = Given(asked.Reservation),
            Swappiness = Swappiness(asked) is { } swappiness && swappiness != present.Swappiness ? swappiness : null,
            Kernel = Given(asked.Kernel),
            KernelTCP = Given(asked.KernelTCP),
            CheckBeforeUpdate = both ? asked.CheckBeforeUpdate : null,
        };
        return (written, merged);
    }

    private static ulong? Swappiness(MemoryLimits limits) => limits.Swappiness is ulong.MaxValue ? null : limits.Swappiness;

    private static (CpuLimits Written, CpuLimits Merged, CpuLimits? Checked) OfCpu(CpuLimits present, CpuLimits asked)
    {
        var (shares, quota, period) = (Given(asked.Shares), Given(asked.Quota), Given(asked.Period));
        var merged = new CpuLimits
        {
            // The kernel gives a group that becomes idle, or ceases to be, shares of its own choice.
            Shares = shares ?? (asked.Idle is null ? present.Shares : null),
            Quota = quota ?? present.Quota,
            Period = period ?? present.Period,
            Burst = asked.Burst ?? present.Burst,
            RealtimeRuntime = Given(asked.RealtimeRuntime) ?? present.RealtimeRuntime,
            RealtimePeriod = Given(asked.RealtimePeriod) ?? present.RealtimePeriod,
            Cpus = Given(asked.Cpus) ?? present.Cpus,
            Mems = Given(asked.Mems) ?? present.Mems,
            Idle = asked.Idle ?? present.Idle,
        };
        if (shares is not null && asked.Idle is null && present.Idle == 1)
            throw new ContainerException("resources: cpu.shares: the container is idle (cpu.idle is 1) and has no shares; set cpu.idle to 0 with them");
        var bandwidth = quota is not null || period is not null;
        var written = new CpuLimits
        {
            Shares = shares,
            Quota = bandwidth ? Given(merged.Quota) : null,
            Period = bandwidth ? Given(merged.Period) : null,
            Burst = asked.Burst,
            RealtimeRuntime = Given(asked.RealtimeRuntime),
            RealtimePeriod = Given(asked.RealtimePeriod),
            Cpus = Given(asked.Cpus),
            Mems = Given(asked.Mems),
            Idle = asked.Idle,
        };
        var realtime = written.RealtimeRuntime is not null || written.RealtimePeriod is not null;
        var together = new CpuLimits
        {
            Quota = quota is not null || asked.Burst is not null ? merged.Quota : null,
            Burst = quota is not null || asked.Burst is not null ? merged.Burst : null,
            RealtimeRuntime = realtime ? merged.RealtimeRuntime : null,
            RealtimePeriod = realtime ? merged.RealtimePeriod : null,
        };
        return (written, merged, together);
    }

    private static (BlockIo Written, BlockIo Merged) OfBlockIo(BlockIo present, BlockIo asked)
    {
        var weights = Upserted(present.WeightDevice, asked.WeightDevice, d => (d.Major, d.Minor), (old, d) => d with { Weight = d.Weight ?? old?.Weight, LeafWeight = d.LeafWeight ?? old?.LeafWeight });
        var merged = new BlockIo
        {
            Weight = asked.Weight is > 0 ? asked.Weight : present.Weight,
            LeafWeight = asked.LeafWeight is > 0 ? asked.LeafWeight : present.LeafWeight,
            WeightDevice = weights,
            ThrottleReadBpsDevice = Throttles(present.ThrottleReadBpsDevice, asked.ThrottleReadBpsDevice),
            ThrottleWriteBpsDevice = Throttles(present.ThrottleWriteBpsDevice, asked.ThrottleWriteBpsDevice),
            ThrottleReadIOPSDevice = Throttles(present.ThrottleReadIOPSDevice, asked.ThrottleReadIOPSDevice),
            ThrottleWriteIOPSDevice = Throttles(present.ThrottleWriteIOPSDevice, asked.ThrottleWriteIOPSDevice),
        };
        return (asked with { Weight = asked.Weight is > 0 ? asked.Weight : null, LeafWeight = asked.LeafWeight is > 0 ? asked.LeafWeight : null }, merged);

        static IReadOnlyList<ThrottleDevice>? Throttles(IReadOnlyList<ThrottleDevice>? present, IReadOnlyList<ThrottleDevice>? asked) =>
            Upserted(present, asked, d => (d.Major, d.Minor), (_, d) => d);
    }

    private static (NetworkLimits Written, NetworkLimits Merged) OfNetwork(NetworkLimits present, NetworkLimits asked)
    {
        var classId = asked.ClassID is > 0 ? asked.ClassID : null;
        return (
            new NetworkLimits { ClassID = classId == present.ClassID ? null : classId, Priorities = Differing(present.Priorities, asked.Priorities) },
            new NetworkLimits { ClassID = classId ?? present.ClassID, Priorities = Upserted(present.Priorities, asked.Priorities, p => p.Name, (_, p) => p) });
    }

    /// <summary>A new entry takes the place of the one with its key, or comes behind the others.</summary>
    private static IReadOnlyList<T>? Upserted<T, TKey>(IReadOnlyList<T>? present, IReadOnlyList<T>? asked, Func<T, TKey> key, Func<T?, T, T> merge) where T : class
    {
        if (asked is not { Count: > 0 }) return present;
        var merged = (present ?? []).ToList();
        foreach (var entry in asked)
        {
            // Of two of one key the last one holds.
            var at = merged.FindLastIndex(m => EqualityComparer<TKey>.Default.Equals(key(m), key(entry)));
            if (at < 0) merged.Add(merge(null, entry));
            else merged[at] = merge(merged[at], entry);
        }

        return merged;
    }

    private static List<T>? Differing<T>(IReadOnlyList<T>? present, IReadOnlyList<T>? asked)
    {
        var differing = (asked ?? []).Where(a => present?.Contains(a) is not true).ToList();
        return differing.Count == 0 ? null : differing;
    }

    private static Dictionary<string, T>? Differing<T>(IReadOnlyDictionary<string, T>? present, IReadOnlyDictionary<string, T>? asked) where T : class
    {
        var differing = (asked ?? new Dictionary<string, T>()).Where(a => present?.GetValueOrDefault(a.Key)?.Equals(a.Value) is not true).ToDictionary();
        return differing.Count == 0 ? null : differing;
    }

    private static IReadOnlyDictionary<string, T>? Union<T>(IReadOnlyDictionary<string, T>? present, IReadOnlyDictionary<string, T>? asked)
    {
        if (asked is not { Count: > 0 }) return present;
        var union = (present ?? new Dictionary<string, T>()).ToDictionary();
        foreach (var (key, value) in asked) union[key] = value;
        return union;
    }

    private static long? Given(long? value) => value == 0 ? null : value;

    private static ulong? Given(ulong? value) => value == 0 ? null : value;

    private static string? Given(string? value) => string.IsNullOrEmpty(value) ? null : value;

    /// <summary>Null for one that sets nothing: stored events need not hold it.</summary>
    private static T? Some<T>(T? limits) where T : class, new() => limits is null || limits.Equals(new T()) ? null : limits;
}
