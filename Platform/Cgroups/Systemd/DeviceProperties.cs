using System.Globalization;
using Anocir.Platform.Cgroups.Devices;
using Anocir.Platform.Systemd;

namespace Anocir.Platform.Cgroups.Systemd;

/// <summary>
/// Device rules as DevicePolicy and DeviceAllow. systemd applies its own again whenever it looks at the unit anew (<c>daemon-reload</c>):
/// what it is told must allow all that the container may use, or it takes it away.
/// </summary>
internal static class DeviceProperties
{
    /// <param name="rules">The whole of the container's rules.</param>
    /// <param name="legacy">
    /// cgroup v1, where systemd and we write one list: rules that systemd has no words for are then replaced by none at all. On
    /// version 2 its program and ours stand side by side, and its part is left out.
    /// </param>
    internal static IReadOnlyList<UnitProperty> From(DeviceRules rules, bool legacy)
    {
        var allowed = new List<BusValue>();
        var expressible = !rules.AllowByDefault;
        foreach (var (number, access) in rules.Exceptions)
        {
            // There are no groups by minor number alone.
            if (number is { Major: null, Minor: not null }) expressible = false;
            else if (!rules.AllowByDefault) allowed.Add(BusValue.Struct(BusValue.String(Path(number)), BusValue.String(Letters(access))));
        }

        var isStrict = expressible || (legacy && rules is not { AllowByDefault: true, Exceptions.Count: 0 });
        if (!isStrict) allowed.Clear();
        return
        [
            new UnitProperty("DevicePolicy", isStrict ? "strict" : "auto"),
            // Assigning adds to the list; an empty one empties it.
            new UnitProperty("DeviceAllow", BusValue.Array("(ss)", [])),
            .. allowed.Count > 0 ? [new UnitProperty("DeviceAllow", BusValue.Array("(ss)", allowed))] : (UnitProperty[])[],
        ];
    }

    private static string Path(DeviceNumber number)
    {
        var type = number.Type == 'b' ? "block" : "char";
        return (number.Major, number.Minor) switch
        {
            (null, _) => $"{type}-*",
            ({ } major, null) => string.Create(CultureInfo.InvariantCulture, $"{type}-{major}"),
            ({ } major, { } minor) => string.Create(CultureInfo.InvariantCulture, $"/dev/{type}/{major}:{minor}"),
        };
    }

    private static string Letters(DeviceAccess access) =>
        (access.HasFlag(DeviceAccess.Read) ? "r" : "") + (access.HasFlag(DeviceAccess.Write) ? "w" : "") + (access.HasFlag(DeviceAccess.Mknod) ? "m" : "");
}
