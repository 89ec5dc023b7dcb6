using System.Globalization;

namespace Anocir.Platform.Oci.Validation;

/// <summary>Lists of CPUs and memory nodes as the kernel reads them: <c>0-3,7</c>, and for cpusets <c>0-31:2/8</c> (2 of each 8).</summary>
internal static class NumberList
{
    /// <summary>Whether the kernel would accept the list. An empty one is accepted: it means "as it was".</summary>
    public static bool IsValid(string text)
    {
        foreach (var range in text.AsSpan().Split(','))
        {
            var item = text.AsSpan(range).Trim();
            if (item.Length > 0 && !IsRange(item)) return false;
        }
        return true;
    }

    private static bool IsRange(ReadOnlySpan<char> item)
    {
        var colon = item.IndexOf(':');
        if (colon >= 0)
        {
            var group = item[(colon + 1)..];
            var slash = group.IndexOf('/');
            if (slash < 0 || !TryNumber(group[..slash], out var used) || !TryNumber(group[(slash + 1)..], out var size)) return false;
            if (used < 1 || size < used) return false;
            item = item[..colon];
        }
        var dash = item.IndexOf('-');
        if (dash < 0) return colon < 0 && TryNumber(item, out _);
        return TryNumber(item[..dash], out var first) && TryNumber(item[(dash + 1)..], out var last) && first <= last;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
