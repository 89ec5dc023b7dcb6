using System.Globalization;
using Anocir.Platform.Systemd;

namespace Anocir.Platform.Cgroups.Systemd;

/// <summary>Lists of CPUs and memory nodes as AllowedCPUs takes them: bit n of byte m is number 8m + n.</summary>
internal static class UnitBits
{
    /// <summary>Well beyond CONFIG_NR_CPUS of any kernel; a list comes from config.json.</summary>
    private const int Most = 65536;

    /// <param name="list">"0-3,7"</param>
    /// <param name="field">Where it comes from, for the error.</param>
    /// <exception cref="ContainerException">It is no such list, or an empty one.</exception>
    internal static BusValue Parse(string list, string field)
    {
        var bits = new byte[Most / 8];
        var length = 0;
        foreach (var range in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = range.IndexOf('-', StringComparison.Ordinal);
            var first = Number(dash < 0 ? range : range[..dash]);
            var last = dash < 0 ? first : Number(range[(dash + 1)..]);
            if (first > last) throw Bad($"invalid range: {range}");
            for (var i = first; i <= last; i++) bits[i / 8] |= (byte)(1 << (i % 8));
            length = Math.Max(length, (last / 8) + 1);
        }

        return length > 0 ? BusValue.Bytes(bits.AsSpan(0, length)) : throw Bad("empty value");

        int Number(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < Most ? number : throw Bad($"invalid number: {text}");

        ContainerException Bad(string reason) => new($"{field}=\"{list}\" conversion error: {reason}");
    }
}
