using System.Buffers;
using System.Globalization;

namespace Anocir.Platform.Oci;

/// <summary>Sizes as people write them for memory limits: "64M", "1.5GiB", "4096". Units are powers of 1024.</summary>
public static class ByteSize
{
    private const string Units = "kmgtp";
    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789.");

    /// <summary>Bytes; the fraction of one is dropped. False for what is no size, is negative, or is beyond a signed 64-bit number.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var end = text.AsSpan().LastIndexOfAny(_digits) + 1;
        var unit = text[end..].ToLowerInvariant();
        // One space may stand between the two.
        if (unit.StartsWith(' ')) unit = unit[1..];
        if (Factor(unit) is not { } factor) return false;
        const NumberStyles Style = NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(text.AsSpan(0, end), Style, CultureInfo.InvariantCulture, out var number)) return false;
        if (number > long.MaxValue / factor) return false;
        bytes = (long)(number * factor);
        return true;
    }

    private static decimal? Factor(string unit)
    {
        if (unit is "" or "b") return 1;
        var power = Units.IndexOf(unit[0], StringComparison.Ordinal);
        return power >= 0 && unit[1..] is "" or "b" or "ib" ? 1L << (10 * (power + 1)) : null;
    }
}
