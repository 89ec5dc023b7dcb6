using System.Globalization;
using Anocir.Platform.Systemd;

namespace Anocir.Platform.Cgroups.Systemd;

/// <summary>
/// <c>resources.unified</c> as properties, for the files that systemd has properties for: what it is not told it may overwrite. The
/// files themselves are written as well, with all the others.
/// </summary>
internal static class UnifiedProperties
{
    /// <exception cref="ContainerException">A value is malformed.</exception>
    internal static IEnumerable<UnitProperty> From(IReadOnlyDictionary<string, string>? unified, SystemdFacts facts)
    {
        if (unified is null) yield break;
        var idle = facts.HasIdleWeight && unified.TryGetValue("cpu.idle", out var text) && text.Trim() == "1";
        foreach (var (file, raw) in unified.OrderBy(u => u.Key, StringComparer.Ordinal))
        {
            var value = raw.Trim();
            switch (file)
            {
                case "cpu.idle" when idle: yield return new UnitProperty("CPUWeight", 0); break;
                case "cpu.weight" when !idle: yield return new UnitProperty("CPUWeight", Number(file, value)); break;
                case "cpu.max":
                    foreach (var property in CpuMax(value)) yield return property;
                    break;
                case "cpuset.cpus": yield return new UnitProperty("AllowedCPUs", UnitBits.Parse(value, $"unified resource {file}")); break;
                case "cpuset.mems": yield return new UnitProperty("AllowedMemoryNodes", UnitBits.Parse(value, $"unified resource {file}")); break;
                case "memory.min": yield return new UnitProperty("MemoryMin", NumberOrMax(file, value)); break;
                case "memory.low": yield return new UnitProperty("MemoryLow", NumberOrMax(file, value)); break;
                case "memory.high": yield return new UnitProperty("MemoryHigh", NumberOrMax(file, value)); break;
                case "memory.max": yield return new UnitProperty("MemoryMax", NumberOrMax(file, value)); break;
                case "memory.swap.max": yield return new UnitProperty("MemorySwapMax", NumberOrMax(file, value)); break;
                // systemd has no 0 here; the file gets it.
                case "pids.max": yield return new UnitProperty("TasksMax", Math.Max(1, NumberOrMax(file, value))); break;
                case "io.weight" when ulong.TryParse(value.StartsWith("default ", StringComparison.Ordinal) ? value[8..] : value, CultureInfo.InvariantCulture, out var weight):
                    yield return new UnitProperty("IOWeight", weight);
                    break;
            }
        }
    }

    /// <summary>What can be set only when the unit starts.</summary>
    internal static IEnumerable<UnitProperty> AtStart(IReadOnlyDictionary<string, string>? unified, SystemdFacts facts)
    {
        if (!facts.HasScopeOomPolicy || unified is null || !unified.TryGetValue("memory.oom.group", out var group)) yield break;
        if (group.Trim() is "0" or "1") yield return new UnitProperty("OOMPolicy", group.Trim() == "1" ? "kill" : "continue");
    }

    private static IEnumerable<UnitProperty> CpuMax(string value)
    {
        var fields = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (1 or 2)) throw Bad("cpu.max", value);
        var quota = fields[0] == "max" ? 0 : (long)Number("cpu.max", fields[0]);
        var period = fields.Length == 2 ? Number("cpu.max", fields[1]) : CpuQuota.DefaultPeriod;
        return CpuQuota.Properties(ref quota, period);
    }

    private static ulong NumberOrMax(string file, string value) => value == "max" ? ulong.MaxValue : Number(file, value);

    private static ulong Number(string file, string value) =>
        ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Bad(file, value);

    private static ContainerException Bad(string file, string value) => new($"unified resource \"{file}\" value conversion error: \"{value}\"");
}
