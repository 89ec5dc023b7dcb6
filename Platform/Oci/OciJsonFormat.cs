using System.Text.Encodings.Web;
using System.Text.Json;

namespace Anocir.Platform.Oci;

/// <summary>How documents are laid out for those who read them.</summary>
internal static class OciJsonFormat
{
    /// <summary>One line, with only the escapes that JSON needs: for people and engines, never inside HTML.</summary>
    public static OciJson Compact { get; } = Make(indentation: 0, ' ');

    /// <summary>A tab for each level, as <c>spec</c> writes config.json.</summary>
    public static OciJson Tabbed { get; } = Make(indentation: 1, '\t');

    /// <summary>Two spaces for each level, as <c>state</c> prints.</summary>
    public static OciJson TwoSpaces { get; } = Make(indentation: 2, ' ');

    /// <summary>Four spaces for each level, as <c>features</c> prints.</summary>
    public static OciJson FourSpaces { get; } = Make(indentation: 4, ' ');

    /// <summary>Reads names in any case.</summary>
    public static OciJson AnyCase { get; } = new(new JsonSerializerOptions(OciJson.Default.Options) { PropertyNameCaseInsensitive = true });

    private static OciJson Make(int indentation, char character) => new(new JsonSerializerOptions(OciJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = indentation > 0,
        IndentSize = indentation,
        IndentCharacter = character,
        NewLine = "\n",
    });
}
