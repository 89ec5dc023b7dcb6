using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Anocir.Platform.Oci;

/// <summary>Finds out, once a document has been refused, what to tell its author. The reader's own message names types of .NET.</summary>
internal static class JsonProblem
{
    /// <summary>The first problem: of the encoding, of the syntax with line and column, or of a field with its path.</summary>
    public static string Describe(byte[] json, JsonTypeInfo type)
    {
        if (EncodingProblem(json) is { } problem) return problem;
        if (SyntaxProblem(json) is { } syntax) return syntax;
        try
        {
            using var document = JsonDocument.Parse(json);
            return FieldProblem(document.RootElement, type.Type, "", type.Options) ?? "cannot be read";
        }
        catch (JsonException)
        {
            return "nested more than 64 levels deep";
        }
    }

    private static string? EncodingProblem(byte[] json) => json switch
    {
        [0xEF, 0xBB, 0xBF, ..] => "starts with a byte order mark, which JSON does not allow",
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "is UTF-16; it must be UTF-8",
        _ when !json.AsSpan().ContainsAnyExcept(" \t\r\n"u8) => "is empty",
        _ when !Utf8.IsValid(json) => "is not valid UTF-8",
        _ => null,
    };

    /// <summary>Reads token by token: a document object takes quadratic time for deep nesting, which an author could use.</summary>
    private static string? SyntaxProblem(byte[] json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        try
        {
            while (reader.Read())
            {
            }
            return null;
        }
        catch (JsonException e)
        {
            return PlaceOf(json, e);
        }
    }

    private static string PlaceOf(byte[] json, JsonException e)
    {
        var (line, column) = (e.LineNumber ?? 0, e.BytePositionInLine ?? 0);
        var offset = 0;
        for (var skipped = 0L; skipped < line; skipped++) offset += json.AsSpan(offset).IndexOf((byte)'\n') + 1;
        offset += (int)column;
        var found = offset >= json.Length ? "it ends too early"
            : json[offset] is >= (byte)' ' and < 0x7F ? $"unexpected '{(char)json[offset]}'"
            : string.Create(CultureInfo.InvariantCulture, $"unexpected byte 0x{json[offset]:x2}");
        return string.Create(CultureInfo.InvariantCulture, $"not valid JSON at line {line + 1}, column {column + 1}: {found}");
    }

    private static string? FieldProblem(JsonElement element, Type type, string path, JsonSerializerOptions options)
    {
        var value = Nullable.GetUnderlyingType(type);
        if (element.ValueKind == JsonValueKind.Null && path.Length > 0 && (value is not null || !type.IsValueType)) return null;
        type = value ?? type;
        var info = options.GetTypeInfo(type);
        var (expected, fits) = info.Kind switch
        {
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => ("an object", element.ValueKind == JsonValueKind.Object),
            JsonTypeInfoKind.Enumerable => ("an array", element.ValueKind == JsonValueKind.Array),
            _ => Scalar(element, type),
        };
        if (!fits) return $"{(path.Length > 0 ? path + ": " : "")}must be {expected}, not {Found(element)}";
        return element.ValueKind switch
        {
            JsonValueKind.Object => MemberProblem(element, info, path, options),
            JsonValueKind.Array => ItemProblem(element, info, path, options),
            _ => null,
        };
    }

    private static string? MemberProblem(JsonElement element, JsonTypeInfo info, string path, JsonSerializerOptions options)
    {
        var names = options.PropertyNameCaseInsensitive ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        var seen = new HashSet<string>(StringComparer.FromComparison(info.Kind == JsonTypeInfoKind.Dictionary ? StringComparison.Ordinal : names));
        foreach (var member in element.EnumerateObject())
        {
            if (!TryText(() => member.Name, out var name)) return $"{(path.Length > 0 ? path + ": " : "")}a name is not valid text: half of a surrogate pair";
            var memberPath = Join(path, name);
            if (!seen.Add(name)) return $"{memberPath}: occurs twice in the same object";
            var memberType = info.Kind == JsonTypeInfoKind.Dictionary ? info.ElementType : info.Properties.FirstOrDefault(p => string.Equals(p.Name, name, names))?.PropertyType;
            if (memberType is not null && FieldProblem(member.Value, memberType, memberPath, options) is { } problem) return problem;
        }
        return null;
    }

    private static string? ItemProblem(JsonElement element, JsonTypeInfo info, string path, JsonSerializerOptions options)
    {
        var i = 0;
        foreach (var item in element.EnumerateArray())
        {
            if (FieldProblem(item, info.ElementType!, $"{path}[{i++}]", options) is { } problem) return problem;
        }
        return null;
    }

    private static string Join(string path, string name)
    {
        if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_' && c != '-')) return $"{path}[{Quoted.Text(name)}]";
        return path.Length == 0 ? name : $"{path}.{name}";
    }

    private static (string Expected, bool Fits) Scalar(JsonElement element, Type type)
    {
        var isNumber = element.ValueKind == JsonValueKind.Number;
        if (type == typeof(string))
        {
            return element.ValueKind == JsonValueKind.String ? ("valid text", TryText(() => element.GetString()!, out _)) : ("a string", false);
        }
        if (type == typeof(bool)) return ("true or false", element.ValueKind is JsonValueKind.True or JsonValueKind.False);
        if (type == typeof(ushort)) return (Whole(ushort.MinValue, ushort.MaxValue), isNumber && element.TryGetUInt16(out _));
        if (type == typeof(uint)) return (Whole(uint.MinValue, uint.MaxValue), isNumber && element.TryGetUInt32(out _));
        if (type == typeof(ulong)) return (Whole(ulong.MinValue, ulong.MaxValue), isNumber && element.TryGetUInt64(out _));
        if (type == typeof(int)) return (Whole(int.MinValue, int.MaxValue), isNumber && element.TryGetInt32(out _));
        return (Whole(long.MinValue, long.MaxValue), isNumber && element.TryGetInt64(out _));
    }

    private static string Whole<T>(T from, T to) where T : IFormattable =>
        string.Create(CultureInfo.InvariantCulture, $"a whole number from {from} to {to}");

    private static string Found(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => TryText(() => element.GetString()!, out var text) ? $"the string {Quoted.Text(text)}" : "half of a surrogate pair",
        JsonValueKind.Number => element.GetRawText() is { Length: <= 40 } number ? $"the number {number}" : "a longer number",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    /// <summary>An escaped half of a surrogate pair is JSON, but no text.</summary>
    private static bool TryText(Func<string> read, out string text)
    {
        try
        {
            text = read();
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }
}
