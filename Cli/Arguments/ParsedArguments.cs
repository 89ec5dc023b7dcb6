namespace Anocir.Cli.Arguments;

/// <summary>
/// Flags and positionals as runc's command line takes them: long flags with one dash or two, <c>--flag=value</c> and
/// <c>--flag value</c>, booleans with <c>=true</c> or <c>=false</c>, flags and positionals in any order unless the command says
/// otherwise, <c>--</c> ends the flags.
/// </summary>
internal sealed class ParsedArguments
{
    private readonly Dictionary<string, List<string>> _values = [];

    public List<string> Positionals { get; } = [];

    /// <summary>Where parsing stopped: the first argument that is not consumed.</summary>
    public int Next { get; private set; }

    public bool Has(string name) => _values.TryGetValue(name, out var values) && values[^1] != "false";

    public string? Value(string name) => _values.TryGetValue(name, out var values) ? values[^1] : null;

    public IReadOnlyList<string> Values(string name) => _values.TryGetValue(name, out var values) ? values : [];

    /// <summary>A whole number, or <paramref name="missing"/> where the flag was not given.</summary>
    public int Number(string name, int missing)
    {
        if (Value(name) is not { } text) return missing;
        return int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, null, out var number)
            ? number
            : throw new UsageException($"invalid value \"{text}\" for flag -{name}: parse error");
    }

    /// <summary>A length of time such as "5s", or <paramref name="missing"/> where the flag was not given.</summary>
    public TimeSpan Time(string name, TimeSpan missing)
    {
        if (Value(name) is not { } text) return missing;
        return Duration.TryParse(text, out var time) ? time : throw new UsageException($"invalid value \"{text}\" for flag -{name}: parse error");
    }

    /// <param name="stopAtPositional">Global flags, and <c>exec</c>: what follows the first positional is not ours to read.</param>
    public static ParsedArguments Parse(IReadOnlyList<string> arguments, int start, IReadOnlyList<Option> options, bool stopAtPositional)
    {
        var parsed = new ParsedArguments();
        var i = start;
        for (; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--")
            {
                for (i++; i < arguments.Count; i++) parsed.Positionals.Add(arguments[i]);
                break;
            }

            if (argument.Length < 2 || argument[0] != '-')
            {
                if (stopAtPositional) break;
                parsed.Positionals.Add(argument);
                continue;
            }

            var name = argument.TrimStart('-');
            string? value = null;
            var equals = name.IndexOf('=', StringComparison.Ordinal);
            if (equals >= 0)
            {
                value = name[(equals + 1)..];
                name = name[..equals];
            }

            var option = Find(options, name) ?? throw new UsageException($"flag provided but not defined: -{name}");
            if (option.Value is null) value = Boolean(option, value);
            else if (value is null)
            {
                if (++i >= arguments.Count) throw new UsageException($"flag needs an argument: -{name}");
                value = arguments[i];
            }

            if (!parsed._values.TryGetValue(option.Name, out var values)) parsed._values[option.Name] = values = [];
            values.Add(value);
        }

        parsed.Next = i;
        return parsed;
    }

    private static Option? Find(IReadOnlyList<Option> options, string name)
    {
        foreach (var option in options)
        {
            if (option.Name == name || (name.Length == 1 && option.Short == name[0])) return option;
        }

        return null;
    }

    private static string Boolean(Option option, string? value) => value switch
    {
        null or "true" or "1" or "t" or "T" or "TRUE" or "True" => "true",
        "false" or "0" or "f" or "F" or "FALSE" or "False" => "false",
        _ => throw new UsageException($"invalid boolean value \"{value}\" for -{option.Name}: parse error"),
    };
}
