using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Criu;

/// <summary>The log that CRIU leaves beside its images: why it failed, in its own words.</summary>
public static class CriuLog
{
    private const int Longest = 64 * 1024 * 1024;
    private const int Quoted = 3;

    /// <summary>One line for the user: what was asked, CRIU's errno, its first errors, and where the rest of them is.</summary>
    public static string Describe(CriuResponse response, string logFile)
    {
        var errno = response.Errno == 0 ? "0" : $"{response.Errno} ({Errno.Name(response.Errno)})";
        var quoted = Quote(logFile);
        // Newer releases say the first error themselves.
        var message = response.Message?.Trim() is { Length: > 0 } text && !quoted.Contains(text, StringComparison.Ordinal) ? $": {text}" : "";
        return $"criu failed: type {Name(response.Type)} errno {errno}{message}{quoted}";
    }

    /// <summary>": FIRST ERRORS (log: PATH)".</summary>
    public static string Quote(string logFile)
    {
        using var file = Sys.TryOpen(null, logFile, Sys.ORdOnly, 0, out _);
        if (file is null) return $" (no log: {logFile})";
        var text = System.Text.Encoding.UTF8.GetString(Sys.ReadAll(file, Longest, logFile));
        var errors = text.Split('\n').Where(l => l.Contains("Error", StringComparison.Ordinal)).Take(Quoted).Select(WithoutTime).ToList();
        return errors.Count == 0 ? $" (log: {logFile})" : $": {string.Join("; ", errors)} (log: {logFile})";
    }

    /// <summary>As CRIU's protocol spells it, which users of runc know.</summary>
    internal static string Name(CriuRequestType type) => type switch
    {
        CriuRequestType.Dump => "DUMP",
        CriuRequestType.Restore => "RESTORE",
        CriuRequestType.PreDump => "PRE_DUMP",
        CriuRequestType.Notify => "NOTIFY",
        CriuRequestType.FeatureCheck => "FEATURE_CHECK",
        CriuRequestType.Version => "VERSION",
        _ => ((int)type).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>Lines begin with "(00.012345)", and some with the number of a process.</summary>
    private static string WithoutTime(string line)
    {
        var end = line.StartsWith('(') ? line.IndexOf(')', StringComparison.Ordinal) : -1;
        return line[(end + 1)..].Trim();
    }
}
