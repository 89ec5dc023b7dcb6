using System.Globalization;
using System.Text;

namespace Anocir.Platform.Oci;

/// <summary>Text from outside, made fit for an error message: quoted, control characters escaped, long text cut.</summary>
internal static class Quoted
{
    private const int Longest = 200;

    public static string Text(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c) || char.IsSurrogate(c)) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }
        if (text.Length > Longest) quoted.Append('…');
        return quoted.Append('"').ToString();
    }
}
