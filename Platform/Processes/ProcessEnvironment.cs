namespace Anocir.Platform.Processes;

/// <summary>The environment of a container's program.</summary>
public static class ProcessEnvironment
{
    /// <summary>
    /// One entry per name, the last wins, in the order given. An empty HOME is left out, as an unset one:
    /// init fills both from the container's user database.
    /// </summary>
    /// <exception cref="ContainerException">An entry without "=", without a name, or with a NUL.</exception>
    public static IReadOnlyList<string> Deduplicate(IReadOnlyList<string> entries)
    {
        var seen = new HashSet<string>(entries.Count, StringComparer.Ordinal);
        var kept = new List<string>(entries.Count);
        for (var i = entries.Count - 1; i >= 0; i--)
        {
            var entry = entries[i];
            var separator = entry.IndexOf('=');
            if (separator < 0) throw new ContainerException("invalid environment variable: missing '='");
            if (separator == 0) throw new ContainerException("invalid environment variable: name cannot be empty");
            if (entry.Contains('\0')) throw new ContainerException($"invalid environment variable \"{entry[..separator]}\": contains nul byte (\\x00)");
            if (!seen.Add(entry[..separator]) || entry == "HOME=") continue;
            kept.Add(entry);
        }

        kept.Reverse();
        return kept;
    }

    /// <summary>The value of a name, or null when it is not there.</summary>
    public static string? Value(IReadOnlyList<string> entries, string name)
    {
        foreach (var entry in entries)
            if (entry.Length > name.Length && entry[name.Length] == '=' && entry.StartsWith(name, StringComparison.Ordinal))
                return entry[(name.Length + 1)..];
        return null;
    }
}
