using System.Globalization;
using Anocir.Platform.Oci;

namespace Anocir.Platform.Cgroups.Devices;

/// <summary>
/// What a list of device rules comes to, by the semantics of the version 1 devices controller: nothing (or everything) is allowed, but for
/// exceptions. Rules are taken in order; a rule for every device starts afresh; the exceptions keep the order they were first named in.
/// </summary>
internal sealed class DeviceRules
{
    private readonly OrderedDictionary<DeviceNumber, DeviceAccess> _exceptions = [];

    /// <summary>True when everything but the exceptions is allowed.</summary>
    internal bool AllowByDefault { get; private set; }

    internal IReadOnlyDictionary<DeviceNumber, DeviceAccess> Exceptions => _exceptions;

    /// <summary>The container's rules, then those that every container gets: nothing works without /dev/null.</summary>
    /// <param name="rules"><c>linux.resources.devices</c>.</param>
    /// <param name="devices"><c>linux.devices</c>: a default device that is described there gets no default rule.</param>
    /// <exception cref="ContainerException">A rule is malformed, or asks for what cannot be expressed.</exception>
    internal static DeviceRules From(IReadOnlyList<DeviceRule>? rules, IReadOnlyList<Device>? devices = null)
    {
        var result = new DeviceRules();
        for (var i = 0; i < (rules?.Count ?? 0); i++) result.Add(rules![i], i);
        foreach (var (path, number, access) in DefaultDevices.Rules)
        {
            if (path is not null && devices?.Any(d => d.Path == path) is true) continue;
            result.Allow(number, access);
        }

        return result;
    }

    /// <summary>The rules in the form of devices.allow and devices.deny: "c 1:3 rwm".</summary>
    internal static string Format(DeviceNumber number, DeviceAccess access)
    {
        var letters = (access.HasFlag(DeviceAccess.Read) ? "r" : "") + (access.HasFlag(DeviceAccess.Write) ? "w" : "") + (access.HasFlag(DeviceAccess.Mknod) ? "m" : "");
        return $"{number.Type} {Text(number.Major)}:{Text(number.Minor)} {letters}";
    }

    private void Add(DeviceRule rule, int index)
    {
        if (string.IsNullOrEmpty(rule.Access)) throw new ContainerException($"device access at {index} field cannot be empty");
        var access = ParseAccess(rule.Access);
        var type = string.IsNullOrEmpty(rule.Type) ? "a" : rule.Type;
        if (type == "a")
        {
            AllowByDefault = rule.Allow;
            _exceptions.Clear();
            return;
        }

        if (type is not ("b" or "c")) throw new ContainerException($"invalid cgroup device type \"{rule.Type}\"");
        var number = new DeviceNumber(type[0], ParseNumber(rule.Major, "major"), ParseNumber(rule.Minor, "minor"));
        if (rule.Allow) Allow(number, access);
        else Deny(number, access);
    }

    private void Allow(DeviceNumber number, DeviceAccess access)
    {
        if (AllowByDefault) RemoveException(number, access);
        else AddException(number, access);
    }

    private void Deny(DeviceNumber number, DeviceAccess access)
    {
        if (AllowByDefault) AddException(number, access);
        else RemoveException(number, access);
    }

    private void AddException(DeviceNumber number, DeviceAccess access) =>
        _exceptions[number] = _exceptions.GetValueOrDefault(number) | access;

    private void RemoveException(DeviceNumber number, DeviceAccess access)
    {
        // Version 1 ignores a hole in a wider exception without a word; who wrote the rule must not believe it holds.
        foreach (var wider in (ReadOnlySpan<DeviceNumber>)[number with { Major = null }, number with { Minor = null }, number with { Major = null, Minor = null }])
        {
            if (wider == number || (_exceptions.GetValueOrDefault(wider) & access) == 0) continue;
            var what = AllowByDefault ? "deny" : "allow";
            throw new ContainerException(
                $"unable to remove '{what}' exception: device rule {Format(number, access)} cannot punch a hole in the wildcard rule {Format(wider, _exceptions[wider])}");
        }

        var left = _exceptions.GetValueOrDefault(number) & ~access;
        if (left == 0) _exceptions.Remove(number);
        else _exceptions[number] = left;
    }

    private static DeviceAccess ParseAccess(string text)
    {
        var access = DeviceAccess.None;
        foreach (var letter in text)
        {
            access |= letter switch
            {
                'r' => DeviceAccess.Read,
                'w' => DeviceAccess.Write,
                'm' => DeviceAccess.Mknod,
                _ => throw new ContainerException($"unknown device access \"{text}\""),
            };
        }

        return access;
    }

    private static uint? ParseNumber(long? value, string name) => value switch
    {
        null or -1 => null,
        >= 0 and <= uint.MaxValue => (uint)value,
        _ => throw new ContainerException($"invalid {name} {value} of a device rule"),
    };

    private static string Text(uint? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "*";
}
