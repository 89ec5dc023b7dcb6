using System.Globalization;

namespace Anocir.Platform.Cgroups.Statistics;

/// <summary>Reads the formats of cgroup statistics files. What does not fit is skipped: kernels add lines.</summary>
internal static class StatisticsText
{
    /// <summary>Lines of "key value".</summary>
    internal static Dictionary<string, ulong> Keyed(string? text)
    {
        var values = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var line in (text ?? "").AsSpan().EnumerateLines())
        {
            var space = line.IndexOf(' ');
            if (space > 0 && CgroupDirectory.Number(line[(space + 1)..]) is { } value) values[line[..space].ToString()] = value;
        }

        return values;
    }

    /// <summary>"0-2,5" as 0, 1, 2, 5.</summary>
    internal static IReadOnlyList<ushort>? Ranges(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        var values = new List<ushort>();
        foreach (var range in text.Split(','))
        {
            var ends = range.Split('-', 2);
            if (!ushort.TryParse(ends[0], CultureInfo.InvariantCulture, out var from)) continue;
            var to = from;
            if (ends.Length == 2 && !ushort.TryParse(ends[1], CultureInfo.InvariantCulture, out to)) continue;
            for (int i = from; i <= to; i++) values.Add((ushort)i);
        }

        return values;
    }

    internal static IReadOnlyList<ulong> Numbers(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => ulong.TryParse(n, CultureInfo.InvariantCulture, out var v) ? v : 0)];

    /// <summary>Lines of "some avg10=0.00 avg60=0.00 avg300=0.00 total=0"; null when the kernel has none.</summary>
    internal static Pressure? Pressure(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        var pressure = new Pressure();
        foreach (var line in text.Split('\n'))
        {
            var fields = line.Split(' ');
            var values = fields.Skip(1).Select(f => f.Split('=', 2)).Where(f => f.Length == 2).ToDictionary(f => f[0], f => f[1]);
            var parsed = new PressureLine
            {
                Avg10 = Percent(values.GetValueOrDefault("avg10")),
                Avg60 = Percent(values.GetValueOrDefault("avg60")),
                Avg300 = Percent(values.GetValueOrDefault("avg300")),
                Total = ulong.TryParse(values.GetValueOrDefault("total"), CultureInfo.InvariantCulture, out var total) ? total : 0,
            };
            pressure = fields[0] switch
            {
                "some" => pressure with { Some = parsed },
                "full" => pressure with { Full = parsed },
                _ => pressure,
            };
        }

        return pressure;
    }

    /// <summary>Null for what is all zero: runc leaves that out.</summary>
    internal static T? NonZero<T>(T values) where T : class, new() => values.Equals(new T()) ? null : values;

    private static double Percent(string? text) => double.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : 0;
}
