using Anocir.Platform.Cgroups.Devices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups.V1;

/// <summary>The devices controller, version 1.</summary>
internal static class DevicesV1
{
    /// <summary>Brings the cgroup to the rules. Written rule by rule: there is no atomic way, so a live cgroup should be frozen.</summary>
    internal static void Apply(CgroupDirectory directory, DeviceRules rules)
    {
        directory.Write(rules.AllowByDefault ? "devices.allow" : "devices.deny", "a");
        if (rules.Exceptions.Count == 0) return;
        var file = rules.AllowByDefault ? "devices.deny" : "devices.allow";
        using var exceptions = directory.Open(file, Sys.OWrOnly);
        Span<byte> bytes = stackalloc byte[64];
        foreach (var (number, access) in rules.Exceptions)
        {
            var rule = DeviceRules.Format(number, access);
            var errno = Sys.TryWrite(exceptions, bytes[..System.Text.Encoding.ASCII.GetBytes(rule, bytes)]);
            if (errno != 0) throw directory.Failure(file, rule, errno);
        }
    }
}
