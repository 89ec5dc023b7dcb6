using System.Diagnostics.CodeAnalysis;
using Xunit.Sdk;

namespace Anocir.Engines.Tests.Running;

/// <summary>How a program ended and what it printed. Every expectation that fails prints the command and both outputs.</summary>
public sealed record CommandResult(string Line, int ExitCode, string Output, string Error)
{
    private const int Shown = 8000;

    /// <summary>The standard output without white space around it.</summary>
    public string Text => Output.Trim();

    /// <summary>The lines of the standard output, carriage returns taken off.</summary>
    public IReadOnlyList<string> Lines => Text.Split('\n').Select(line => line.TrimEnd('\r')).ToArray();

    public CommandResult Ok() => Exits(0);

    public CommandResult Exits(params int[] codes) =>
        codes.Contains(ExitCode) ? this : Fail($"expected exit code {string.Join(" or ", codes)}");

    /// <summary>The standard output is this, white space around it apart.</summary>
    public CommandResult Prints(string expected) => Text == expected ? this : Fail($"expected the output \"{expected}\"");

    public CommandResult Shows(string part) =>
        Output.Contains(part, StringComparison.Ordinal) ? this : Fail($"expected \"{part}\" in the output");

    public CommandResult Hides(string part) =>
        Output.Contains(part, StringComparison.Ordinal) ? Fail($"expected no \"{part}\" in the output") : this;

    /// <summary>The standard error holds this, in any letter case.</summary>
    public CommandResult Complains(string part) =>
        Error.Contains(part, StringComparison.OrdinalIgnoreCase) ? this : Fail($"expected \"{part}\" on standard error");

    public override string ToString() =>
        $"$ {Line}\nexit code {ExitCode}\n--- standard output\n{Tail(Output)}\n--- standard error\n{Tail(Error)}";

    [DoesNotReturn]
    private CommandResult Fail(string expectation) => throw new XunitException($"{expectation}\n{this}");

    private static string Tail(string text) => text.Length <= Shown ? text : "[...]" + text[^Shown..];
}
