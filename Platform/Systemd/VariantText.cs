using System.Globalization;
using System.Text;

namespace Anocir.Platform.Systemd;

/// <summary>
/// Reads a value in the GVariant text format: <c>5</c> (int32), <c>uint64 5</c>, <c>true</c>, <c>'text'</c>, <c>['a', 'b']</c>,
/// <c>@as []</c>, <c>&lt;'variant'&gt;</c>, <c>{'key': 1}</c>, <c>b'bytes'</c>. No tuples: no property of a unit needs one that another
/// runtime takes.
/// </summary>
internal sealed class VariantText
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["boolean"] = "b",
        ["byte"] = "y",
        ["int16"] = "n",
        ["uint16"] = "q",
        ["int32"] = "i",
        ["uint32"] = "u",
        ["int64"] = "x",
        ["uint64"] = "t",
        ["double"] = "d",
        ["string"] = "s",
        ["objectpath"] = "o",
        ["signature"] = "g",
    };

    /// <summary>Of D-Bus: arrays and variants within one another.</summary>
    private const int MaxDepth = 32;

    private readonly string _text;
    private int _at;
    private int _depth;

    private VariantText(string text) => _text = text;

    /// <exception cref="FormatException">It is not one whole value.</exception>
    internal static BusValue Parse(string text)
    {
        var parser = new VariantText(text);
        var value = parser.Value(null);
        return parser.Peek() == '\0' ? value : throw parser.Unexpected();
    }

    private BusValue Value(string? expected)
    {
        if (++_depth > MaxDepth) throw new FormatException("too deep");
        var value = ValueWithin(expected);
        _depth--;
        return value;
    }

    private BusValue ValueWithin(string? expected)
    {
        switch (Peek())
        {
            case '@': return Annotated(expected);
            case '[': return Array(expected);
            case '{': return Dictionary(expected);
            case '<': return Variant(expected);
            case '\'' or '"': return Text(expected);
            case 'b' when _at + 1 < _text.Length && _text[_at + 1] is '\'' or '"': return Bytes(expected);
            case '+' or '-' or '.' or (>= '0' and <= '9'): return Number(Word(), expected);
        }

        var word = Word();
        if (word is "true" or "false") return Is(expected, "b") ? BusValue.Bool(word == "true") : throw Mismatch(word, expected);
        if (Types.TryGetValue(word, out var type) && (expected is null || expected == type)) return Value(type);
        throw new FormatException($"unexpected \"{word}\"");
    }

    private BusValue Annotated(string? expected)
    {
        var end = _text.IndexOf(' ', _at);
        if (end < 0) throw new FormatException("a type without a value");
        var type = _text[(_at + 1)..end];
        if (type.Length == 0 || TypeLength(type) != type.Length) throw new FormatException($"unknown type {type}");
        if (!Is(expected, type)) throw Mismatch("@" + type, expected);
        _at = end;
        return Value(type);
    }

    private BusValue Array(string? expected)
    {
        if (expected is not null && expected[0] != 'a') throw Mismatch("[", expected);
        var element = expected?[1..];
        var elements = new List<BusValue>();
        Take('[');
        while (Peek() != ']')
        {
            if (elements.Count > 0) Take(',');
            var value = Value(element);
            // The first says what all are.
            element ??= value.Signature;
            elements.Add(value);
        }

        Take(']');
        return BusValue.Array(element ?? throw new FormatException("an empty array without a type"), elements);
    }

    private BusValue Dictionary(string? expected)
    {
        if (expected is not null && !expected.StartsWith("a{", StringComparison.Ordinal)) throw Mismatch("{", expected);
        var (keyType, valueType) = expected is null ? (null, null) : (expected[2..3], expected[3..^1]);
        var entries = new List<BusValue>();
        Take('{');
        while (Peek() != '}')
        {
            if (entries.Count > 0) Take(',');
            var key = Value(keyType);
            Take(':');
            var value = Value(valueType);
            (keyType, valueType) = (key.Signature, value.Signature);
            entries.Add(new BusValue($"{{{keyType}{valueType}}}", new[] { key, value }));
        }

        Take('}');
        return keyType is null ? throw new FormatException("an empty dictionary without a type") : BusValue.Array($"{{{keyType}{valueType}}}", entries);
    }

    private BusValue Variant(string? expected)
    {
        if (!Is(expected, "v")) throw Mismatch("<", expected);
        Take('<');
        var inner = Value(null);
        Take('>');
        return BusValue.Variant(inner);
    }

    private BusValue Text(string? expected) =>
        expected is null or "s" or "o" or "g" ? new BusValue(expected ?? "s", Quoted()) : throw Mismatch("a string", expected);

    private BusValue Bytes(string? expected)
    {
        if (!Is(expected, "ay")) throw Mismatch("a byte string", expected);
        _at++;
        // Ends with a zero byte, as C's do.
        return BusValue.Bytes(Encoding.UTF8.GetBytes(Quoted() + '\0'));
    }

    private static BusValue Number(string text, string? expected)
    {
        var hexadecimal = text.StartsWith("0x", StringComparison.Ordinal);
        var type = expected ?? (!hexadecimal && text.AsSpan().ContainsAny('.', 'e') ? "d" : "i");
        if (type == "d")
        {
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) ? new BusValue("d", d) : throw Mismatch(text, type);
        }

        var octal = !hexadecimal && text.Length > 1 && text[0] == '0';
        try
        {
            object? value = type switch
            {
                "y" => checked((byte)Unsigned()),
                "q" => checked((ushort)Unsigned()),
                "u" => checked((uint)Unsigned()),
                "t" => Unsigned(),
                "n" => checked((short)Signed()),
                "i" => checked((int)Signed()),
                "x" => Signed(),
                _ => null,
            };
            return value is null ? throw Mismatch(text, type) : new BusValue(type, value);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw Mismatch(text, type);
        }

        ulong Unsigned() => octal ? Convert.ToUInt64(text, 8)
            : ulong.Parse(hexadecimal ? text.AsSpan(2) : text, hexadecimal ? NumberStyles.HexNumber : NumberStyles.None, CultureInfo.InvariantCulture);

        long Signed() => octal || hexadecimal ? checked((long)Unsigned()) : long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    private string Quoted()
    {
        var quote = _text[_at++];
        var text = new StringBuilder();
        while (_at < _text.Length && _text[_at] != quote)
        {
            if (_text[_at] != '\\' || _at + 1 == _text.Length)
            {
                text.Append(_text[_at++]);
                continue;
            }

            var escaped = _text[_at + 1];
            _at += 2;
            switch (escaped)
            {
                case 'a': text.Append('\a'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'n': text.Append('\n'); break;
                case 'r': text.Append('\r'); break;
                case 't': text.Append('\t'); break;
                case '\n': break;
                case 'u': text.Append(CodePoint(4)); break;
                case 'U': text.Append(CodePoint(8)); break;
                default: text.Append(escaped); break;
            }
        }

        if (_at == _text.Length) throw new FormatException("a string without an end");
        _at++;
        return text.ToString();
    }

    private string CodePoint(int digits)
    {
        if (_at + digits > _text.Length || !int.TryParse(_text.AsSpan(_at, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code) || !Rune.IsValid(code))
            throw new FormatException("a malformed escape");
        _at += digits;
        return new Rune(code).ToString();
    }

    private string Word()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '+' or '-' or '.')) _at++;
        return _at > start ? _text[start.._at] : throw Unexpected();
    }

    private char Peek()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r') _at++;
        return _at < _text.Length ? _text[_at] : '\0';
    }

    private void Take(char expected)
    {
        if (Peek() != expected) throw Unexpected();
        _at++;
    }

    /// <summary>Of the first complete type; 0 when there is none that can be read here.</summary>
    private static int TypeLength(ReadOnlySpan<char> type)
    {
        if (type.Length is 0 or > 255) return 0;
        if ("ybnqiuxtdsogv".Contains(type[0], StringComparison.Ordinal)) return 1;
        if (type[0] != 'a') return 0;
        if (type.Length > 1 && type[1] == '{')
        {
            var value = type.Length > 3 && "ybnqiuxtdsog".Contains(type[2], StringComparison.Ordinal) ? TypeLength(type[3..]) : 0;
            return value > 0 && type.Length > 3 + value && type[3 + value] == '}' ? 4 + value : 0;
        }

        var element = TypeLength(type[1..]);
        return element > 0 ? 1 + element : 0;
    }

    private static bool Is(string? expected, string type) => expected is null || expected == type;

    private FormatException Unexpected() => new(_at < _text.Length ? $"unexpected \"{_text[_at]}\"" : "unexpected end");

    private static FormatException Mismatch(string text, string? type) => new($"cannot read {text} as type {type}");
}
