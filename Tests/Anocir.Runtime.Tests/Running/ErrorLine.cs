using System.Text.RegularExpressions;

namespace Anocir.Runtime.Tests.Running;

/// <summary>The one line that a failed call leaves on its standard error, or in its log.</summary>
public static partial class ErrorLine
{
    /// <summary>The message of a failure that is logged as text on standard error: exactly one line, nothing else.</summary>
    public static string MessageOf(CommandResult result)
    {
        var lines = result.Error.TrimEnd('\n').Split('\n');
        Assert.True(lines.Length == 1 && lines[0].Length > 0, $"expected one line of error\n{result}");
        var match = TextForm().Match(lines[0]);
        Assert.True(match.Success, $"not in the form of a log line\n{result}");
        return Regex.Unescape(match.Groups[1].Value);
    }

    /// <summary>The message of a log in JSON: exactly one object, of level error.</summary>
    public static string MessageOfJson(string log)
    {
        var lines = log.TrimEnd('\n').Split('\n');
        Assert.True(lines.Length == 1, $"expected one line in the log, found:\n{log}");
        var entry = JsonNode.Parse(lines[0])!.AsObject();
        Assert.Equal("error", (string?)entry["level"]);
        Assert.True(DateTimeOffset.TryParse((string?)entry["time"], CultureInfo.InvariantCulture, out _), $"time is no date: {log}");
        return (string)entry["msg"]!;
    }

    [GeneratedRegex("^time=\"[0-9TZ:+.-]+\" level=error msg=(?:\"(.*)\"|([^ ]+))$")]
    private static partial Regex TextForm();
}
