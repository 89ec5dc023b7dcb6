using System.Globalization;

namespace Anocir.Platform.Systemd;

/// <summary>A D-Bus value with its type. Immutable.</summary>
/// <param name="Signature">Of one complete type: "t", "as", "a(ss)".</param>
/// <param name="Content">
/// bool, byte, short, ushort, int, uint, long, ulong, double or string; a list of values for an array, a struct and an entry of a
/// dictionary; a value for a variant.
/// </param>
internal sealed record BusValue(string Signature, object Content)
{
    internal static BusValue Bool(bool value) => new("b", value);

    internal static BusValue String(string value) => new("s", value);

    internal static BusValue UInt32(uint value) => new("u", value);

    internal static BusValue UInt64(ulong value) => new("t", value);

    internal static BusValue Variant(BusValue value) => new("v", value);

    internal static BusValue Struct(params BusValue[] fields) => new($"({string.Concat(fields.Select(f => f.Signature))})", fields);

    internal static BusValue Array(string element, IEnumerable<BusValue> elements) => new("a" + element, elements.ToArray());

    internal static BusValue Bytes(ReadOnlySpan<byte> bytes)
    {
        var elements = new BusValue[bytes.Length];
        for (var i = 0; i < elements.Length; i++) elements[i] = new BusValue("y", bytes[i]);
        return Array("y", elements);
    }

    internal static BusValue Strings(IEnumerable<string> strings) => Array("s", strings.Select(String));

    /// <summary>As the annotations of a container spell it (GVariant text format), with the type: <c>uint64 5</c>, <c>'text'</c>, <c>[1, 2]</c>.</summary>
    public override string ToString() => Content switch
    {
        bool b => b ? "true" : "false",
        string s => Signature switch { "o" => "objectpath ", "g" => "signature ", _ => "" } + $"'{s}'",
        BusValue inner => $"<{inner}>",
        IReadOnlyList<BusValue> list when Signature[0] == '(' => $"({string.Join(", ", list)})",
        IReadOnlyList<BusValue> list when Signature[0] == '{' => $"{list[0]}: {list[1]}",
        IReadOnlyList<BusValue> { Count: 0 } => $"@{Signature} []",
        IReadOnlyList<BusValue> list when Signature.StartsWith("a{", StringComparison.Ordinal) => $"{{{string.Join(", ", list)}}}",
        IReadOnlyList<BusValue> list => $"[{string.Join(", ", list)}]",
        int i => i.ToString(CultureInfo.InvariantCulture),
        IFormattable number => $"{TypeName} {number.ToString(null, CultureInfo.InvariantCulture)}",
        _ => throw new InvalidOperationException($"{Content.GetType().Name} is no D-Bus value"),
    };

    private string TypeName => Signature switch
    {
        "y" => "byte",
        "n" => "int16",
        "q" => "uint16",
        "u" => "uint32",
        "x" => "int64",
        "t" => "uint64",
        _ => "double",
    };
}
