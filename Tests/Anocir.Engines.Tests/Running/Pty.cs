using Xunit;

namespace Anocir.Engines.Tests.Running;

/// <summary>Runs programs on a pseudo terminal of their own, by script(1).</summary>
public static class Pty
{
    /// <summary>Runs the program on a terminal; <paramref name="input"/> is what is typed.</summary>
    public static CommandResult Run(Command like, string program, IEnumerable<string> arguments, string input = "")
    {
        var script = Programs.Find("script");
        Skip.If(script is null, "script(1), which opens the terminal, is not installed");
        var line = string.Join(' ', arguments.Prepend(program).Select(Quote));
        return new Command(script!, ["-qec", line, "/dev/null"])
        {
            Input = input,
            Environment = like.Environment,
            Limit = like.Limit,
        }.Run();
    }

    /// <summary>The word as a shell reads it back.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,@%+".Contains(c, StringComparison.Ordinal))
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
