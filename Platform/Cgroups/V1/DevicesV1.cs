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
        WriteAll(directory, file, rules.Exceptions);
    }

    /// <summary>From rules to others with the same default: new exceptions come before old ones go, so that what is in both holds all the time.</summary>
    internal static void Change(CgroupDirectory directory, DeviceRules before, DeviceRules after)
    {
        var (add, remove) = after.AllowByDefault ? ("devices.deny", "devices.allow") : ("devices.allow", "devices.deny");
        WriteAll(directory, add, Beyond(after, before));
        WriteAll(directory, remove, Beyond(before, after));
    }

    /// <summary>The exceptions of one set that the other has not.</summary>
    private static List<KeyValuePair<DeviceNumber, DeviceAccess>> Beyond(DeviceRules some, DeviceRules others)
    {
        var beyond = new List<KeyValuePair<DeviceNumber, DeviceAccess>>();
        foreach (var (number, access) in some.Exceptions)
        {
            var more = access & ~others.Exceptions.GetValueOrDefault(number);
            if (more != 0) beyond.Add(new(number, more));
        }

        return beyond;
    }

    private static void WriteAll(CgroupDirectory directory, string file, IReadOnlyCollection<KeyValuePair<DeviceNumber, DeviceAccess>> exceptions)
    {
        if (exceptions.Count == 0) return;
        using var handle = directory.Open(file, Sys.OWrOnly);
        Span<byte> bytes = stackalloc byte[64];
        foreach (var (number, access) in exceptions)
        {
            var rule = DeviceRules.Format(number, access);
            var errno = Sys.TryWrite(handle, bytes[..System.Text.Encoding.ASCII.GetBytes(rule, bytes)]);
            if (errno != 0) throw directory.Failure(file, rule, errno);
        }
    }
}
