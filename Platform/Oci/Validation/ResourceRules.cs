namespace Anocir.Platform.Oci.Validation;

/// <summary>config-linux.md, Control groups: memory, CPU, pids, network, RDMA, huge pages and raw files.</summary>
internal static class ResourceRules
{
    /// <param name="prefix">What leads to the resources in their document: <c>linux.resources.</c>, or nothing for an update.</param>
    /// <param name="partial">An update: only what needs one value alone.</param>
    public static void Check(Resources resources, string prefix, bool partial, Findings findings)
    {
        CheckDeviceRules(resources.Devices, prefix, findings);
        if (resources.Memory is { } memory) CheckMemory(memory, prefix + "memory", partial, findings);
        if (resources.Cpu is { } cpu) CheckCpu(cpu, prefix + "cpu", partial, findings);
        if (resources.BlockIO is { } blockIo) BlockIoRules.Check(blockIo, prefix + "blockIO", findings);
        CheckHugepages(resources.HugepageLimits, prefix, findings);
        CheckNetwork(resources.Network, prefix, findings);
        CheckRdma(resources.Rdma, prefix, findings);
        CheckUnified(resources.Unified, prefix, findings);
    }

    private static void CheckDeviceRules(IReadOnlyList<DeviceRule>? rules, string prefix, Findings findings)
    {
        rules = findings.Items(prefix + "devices", rules);
        for (var i = 0; i < rules.Count; i++)
        {
            var rule = rules[i];
            if (rule.Type is not (null or "" or "a" or "b" or "c"))
            {
                findings.Fail($"{prefix}devices[{i}].type", $"invalid cgroup device type {Quoted.Text(rule.Type)}");
            }
            if (string.IsNullOrEmpty(rule.Access)) findings.Fail($"{prefix}devices[{i}].access", $"device access at {i} field cannot be empty");
            if (rule.Access.AsSpan().ContainsAnyExcept('r', 'w', 'm'))
            {
                findings.Fail($"{prefix}devices[{i}].access", $"{Quoted.Text(rule.Access)} is not made of r, w and m");
            }
            if (rule.Major is < -1 or > uint.MaxValue) findings.Fail($"{prefix}devices[{i}].major", $"{rule.Major} is not a device number");
            if (rule.Minor is < -1 or > uint.MaxValue) findings.Fail($"{prefix}devices[{i}].minor", $"{rule.Minor} is not a device number");
        }
    }

    private static void CheckMemory(MemoryLimits memory, string field, bool partial, Findings findings)
    {
        CheckBytes(field + ".limit", memory.Limit, findings);
        CheckBytes(field + ".reservation", memory.Reservation, findings);
        CheckBytes(field + ".swap", memory.Swap, findings);
        // An engine that means "not set" may write -1 into the unsigned field.
        if (memory.Swappiness is > 100 and not ulong.MaxValue)
        {
            findings.Fail(field + ".swappiness", $"invalid memory swappiness value: {memory.Swappiness} (valid range is 0-100)");
        }
        if (memory.Kernel is not (null or 0) || memory.KernelTCP is not (null or 0))
        {
            findings.Warn(field, "Kernel memory settings are ignored and will be removed");
        }
        if (partial || memory.Swap is not > 0) return;
        if (memory.Limit is null or 0 or -1) findings.Fail(field + ".swap", "unable to set swap limit without memory limit");
        if (memory.Swap < memory.Limit) findings.Fail(field + ".swap", "memory+swap limit should be >= memory limit");
    }

    private static void CheckBytes(string field, long? bytes, Findings findings)
    {
        if (bytes is < -1) findings.Fail(field, $"must be -1 (unlimited) or a number of bytes, not {bytes}");
    }

    private static void CheckCpu(CpuLimits cpu, string field, bool partial, Findings findings)
    {
        // The kernel's max_cfs_quota_period and min_cfs_quota_period; 0 means "not set".
        if (cpu.Period is not (null or 0) and (< 1000 or > 1_000_000))
        {
            findings.Fail(field + ".period", $"must be from 1000 to 1000000 microseconds, not {cpu.Period}");
        }
        if (cpu.Quota is > 0 and < 1000) findings.Fail(field + ".quota", $"must be at least 1000 microseconds, not {cpu.Quota}");
        if (cpu.Quota is < -1) findings.Fail(field + ".quota", $"must be -1 (unlimited) or a number of microseconds, not {cpu.Quota}");
        if (cpu.RealtimeRuntime is < -1)
        {
            findings.Fail(field + ".realtimeRuntime", $"must be -1 (unlimited) or a number of microseconds, not {cpu.RealtimeRuntime}");
        }
        if (cpu.Idle is not (null or 0 or 1)) findings.Fail(field + ".idle", $"must be 0 or 1, not {cpu.Idle}");
        if (!NumberList.IsValid(cpu.Cpus ?? "")) findings.Fail(field + ".cpus", $"{Quoted.Text(cpu.Cpus!)} is not a list of CPUs");
        if (!NumberList.IsValid(cpu.Mems ?? "")) findings.Fail(field + ".mems", $"{Quoted.Text(cpu.Mems!)} is not a list of memory nodes");
        if (partial) return;
        if (cpu is { Quota: > 0, Burst: { } burst } && burst > (ulong)cpu.Quota)
        {
            findings.Fail(field + ".burst", $"{burst} is above the quota of {cpu.Quota}");
        }
        if (cpu is { RealtimeRuntime: > 0, RealtimePeriod: > 0 } && (ulong)cpu.RealtimeRuntime > cpu.RealtimePeriod)
        {
            findings.Fail(field + ".realtimeRuntime", $"{cpu.RealtimeRuntime} is above the period of {cpu.RealtimePeriod}");
        }
    }

    private static void CheckHugepages(IReadOnlyList<HugepageLimit>? limits, string prefix, Findings findings)
    {
        limits = findings.Items(prefix + "hugepageLimits", limits);
        for (var i = 0; i < limits.Count; i++)
        {
            if (!IsPageSize(limits[i].PageSize))
            {
                findings.Fail($"{prefix}hugepageLimits[{i}].pageSize", $"{Quoted.Text(limits[i].PageSize ?? "")} is not a page size such as \"64KB\", \"2MB\" or \"1GB\"");
            }
        }
    }

    private static bool IsPageSize(string? size) =>
        size is [>= '1' and <= '9', .., 'K' or 'M' or 'G', 'B'] && !size.AsSpan(0, size.Length - 2).ContainsAnyExceptInRange('0', '9');

    private static void CheckNetwork(NetworkLimits? network, string prefix, Findings findings)
    {
        var priorities = findings.Items(prefix + "network.priorities", network?.Priorities);
        for (var i = 0; i < priorities.Count; i++)
        {
            if (!IsOneWord(priorities[i].Name))
            {
                findings.Fail($"{prefix}network.priorities[{i}].name", $"invalid network device name {Quoted.Text(priorities[i].Name ?? "")}");
            }
        }
    }

    private static void CheckRdma(IReadOnlyDictionary<string, RdmaLimit>? rdma, string prefix, Findings findings)
    {
        if (rdma is null) return;
        foreach (var (device, limit) in rdma)
        {
            if (!IsOneWord(device)) findings.Fail(prefix + "rdma", $"invalid device name {Quoted.Text(device)}");
            if (limit?.HcaHandles is null && limit?.HcaObjects is null) findings.Fail($"{prefix}rdma.{device}", "must have hcaHandles or hcaObjects");
        }
    }

    private static void CheckUnified(IReadOnlyDictionary<string, string>? unified, string prefix, Findings findings)
    {
        if (unified is null) return;
        foreach (var (file, value) in unified)
        {
            if (file.Contains('/')) findings.Fail(prefix + "unified", $"unified resource {Quoted.Text(file)} must be a file name (no slashes)");
            if (!IsOneWord(file) || !file.Contains('.') || file.StartsWith('.'))
            {
                findings.Fail(prefix + "unified", $"unified resource {Quoted.Text(file)} must be in the form CONTROLLER.PARAMETER");
            }
            if (value is null) findings.Fail($"{prefix}unified[{Quoted.Text(file)}]", "must be a string, not null");
            findings.NoNul($"{prefix}unified[{Quoted.Text(file)}]", value);
        }
    }

    private static bool IsOneWord(string? text) => !string.IsNullOrEmpty(text) && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c));
}
