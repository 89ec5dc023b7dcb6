namespace Anocir.Platform.Oci;

/// <summary>Versions of the runtime specification that are accepted (config.md, Specification version).</summary>
public static class OciVersion
{
    public const string Min = "1.0.0";

    /// <summary>The version implemented: what <c>state</c>, <c>features</c> and <c>spec</c> name.</summary>
    public const string Max = "1.3.0";

    /// <summary>Whether the text is a version by SemVer 2.0.0: three numbers without leading zeros, then optionally -pre.release and +build.</summary>
    public static bool IsSemanticVersion(string text)
    {
        var build = text.IndexOf('+', StringComparison.Ordinal);
        var release = build < 0 ? text.AsSpan() : text.AsSpan(0, build);
        if (build >= 0 && !AreIdentifiers(text.AsSpan(build + 1), numbersMayLeadWithZero: true)) return false;
        var pre = release.IndexOf('-');
        if (pre >= 0)
        {
            if (!AreIdentifiers(release[(pre + 1)..], numbersMayLeadWithZero: false)) return false;
            release = release[..pre];
        }
        var numbers = 0;
        foreach (var range in release.Split('.'))
        {
            if (!IsNumber(release[range])) return false;
            numbers++;
        }
        return numbers == 3;
    }

    /// <summary>Whether configurations of this version are accepted: every 1.x, since minor versions are compatible backwards.</summary>
    public static bool IsSupported(string text) => text.StartsWith("1.", StringComparison.Ordinal) && IsSemanticVersion(text);

    private static bool IsNumber(ReadOnlySpan<char> text) =>
        text.Length > 0 && !text.ContainsAnyExceptInRange('0', '9') && (text.Length == 1 || text[0] != '0');

    private static bool AreIdentifiers(ReadOnlySpan<char> text, bool numbersMayLeadWithZero)
    {
        foreach (var range in text.Split('.'))
        {
            var identifier = text[range];
            if (identifier.Length == 0) return false;
            foreach (var c in identifier)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
            }
            if (!numbersMayLeadWithZero && !identifier.ContainsAnyExceptInRange('0', '9') && !IsNumber(identifier)) return false;
        }
        return true;
    }
}
