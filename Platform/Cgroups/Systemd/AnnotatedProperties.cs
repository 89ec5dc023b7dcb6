using System.Globalization;
using Anocir.Platform.Systemd;

namespace Anocir.Platform.Cgroups.Systemd;

/// <summary>Annotations <c>org.systemd.property.NAME</c>: properties of the unit, with their value in the GVariant text format.</summary>
internal static class AnnotatedProperties
{
    private const string Prefix = "org.systemd.property.";

    /// <summary>In the order of their names.</summary>
    /// <exception cref="ContainerException">A name or a value is malformed.</exception>
    internal static IEnumerable<UnitProperty> From(IReadOnlyDictionary<string, string>? annotations)
    {
        foreach (var (key, text) in (annotations ?? new Dictionary<string, string>()).OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            if (!key.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            var name = key[Prefix.Length..];
            if (name.Length < 3) throw new ContainerException($"annotation {key} name incorrect: too short");
            if (!name.All(char.IsAsciiLetter)) throw new ContainerException($"annotation {key} name incorrect: contains non-alphabetic character");
            yield return Property(key, name, text);
        }
    }

    private static UnitProperty Property(string key, string name, string text)
    {
        try
        {
            var value = VariantText.Parse(text);
            // TimeoutStopSec is TimeoutStopUSec on the bus; FOOSec is something else.
            return name.Length > 3 && name.EndsWith("Sec", StringComparison.Ordinal) && char.IsAsciiLetterLower(name[^4])
                ? new UnitProperty(name[..^3] + "USec", Microseconds(value))
                : new UnitProperty(name, value);
        }
        catch (FormatException e)
        {
            throw new ContainerException($"annotation {key}={text} value parse error: {e.Message}", e);
        }
    }

    private static ulong Microseconds(BusValue seconds)
    {
        const int perSecond = 1_000_000;
        try
        {
            return seconds.Content switch
            {
                double d when d is >= 0 and < ulong.MaxValue / perSecond => (ulong)(d * perSecond),
                byte or short or ushort or int or uint or long or ulong => checked(Convert.ToUInt64(seconds.Content, CultureInfo.InvariantCulture) * perSecond),
                _ => throw new FormatException("not a number"),
            };
        }
        catch (OverflowException)
        {
            throw new FormatException("out of range");
        }
    }
}
