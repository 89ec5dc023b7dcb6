using System.Buffers;
using System.Globalization;

namespace Anocir.Cli.Arguments;

/// <summary>Lengths of time as Go writes them: "5s", "100ms", "1h30m", "-1.5s"; "0" needs no unit.</summary>
internal static class Duration
{
    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789.");

    public static bool TryParse(string text, out TimeSpan time)
    {
        time = default;
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-", StringComparison.Ordinal);
        if (negative || rest.StartsWith("+", StringComparison.Ordinal)) rest = rest[1..];
        if (rest.SequenceEqual("0")) return true;
        if (rest.IsEmpty) return false;
        var ticks = 0m;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOfAnyExcept(_digits);
            if (end <= 0 || !decimal.TryParse(rest[..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
            rest = rest[end..];
            var next = rest.IndexOfAny(_digits);
            if (TicksOf(next < 0 ? rest : rest[..next]) is not { } unit || number > long.MaxValue / unit) return false;
            ticks += number * unit;
            rest = next < 0 ? default : rest[next..];
        }

        if (ticks > long.MaxValue) return false;
        time = TimeSpan.FromTicks((long)(negative ? -ticks : ticks));
        return true;
    }

    private static decimal? TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 0.01m,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        _ => null,
    };
}
