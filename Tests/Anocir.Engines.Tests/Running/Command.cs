using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Anocir.Engines.Tests.Running;

/// <summary>One program to be run to its end, its output captured, never for longer than <see cref="Limit"/>.</summary>
public sealed class Command(string program, IEnumerable<string> arguments)
{
    private static readonly TimeSpan PipeGrace = TimeSpan.FromSeconds(5);

    private readonly string[] _arguments = [.. arguments];

    /// <summary>What the program reads on its standard input; nothing (end of file at once) when null.</summary>
    public string? Input { get; init; }

    /// <summary>Variables set for the program (removed when the value is null), beside those of this process.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The longest the program may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program with the given arguments.</summary>
    public static CommandResult Run(string program, params string[] arguments) => new Command(program, arguments).Run();

    /// <summary>Runs the program. Throws <see cref="TimeoutException"/>, with all it printed, when it does not end in time.</summary>
    public CommandResult Run()
    {
        using var process = new Process { StartInfo = StartInfo() };
        try
        {
            process.Start();
        }
        catch (Win32Exception failure)
        {
            throw new InvalidOperationException($"cannot start {program}: {failure.Message}", failure);
        }

        var output = new StringBuilder();
        var error = new StringBuilder();
        var pumps = new[] { Pump(process.StandardOutput, output), Pump(process.StandardError, error) };
        _ = Feed(process.StandardInput);

        if (!process.WaitForExit(Patience.With(Limit)))
        {
            process.Kill(entireProcessTree: true);
            Task.WaitAll(pumps, PipeGrace);
            throw new TimeoutException($"not ended after {Limit.TotalSeconds} s: {Result(-1)}");
        }

        if (!Task.WaitAll(pumps, PipeGrace))
            throw new TimeoutException($"ended, but something it left behind keeps its output open: {Result(process.ExitCode)}");
        return Result(process.ExitCode);

        CommandResult Result(int code) => new(Line(), code, Text(output), Text(error));
    }

    private string Line() => string.Join(' ', _arguments.Prepend(program).Select(Pty.Quote));

    private ProcessStartInfo StartInfo()
    {
        var info = new ProcessStartInfo(program, _arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in Environment)
            info.Environment[name] = value;
        return info;
    }

    private async Task Feed(StreamWriter input)
    {
        try
        {
            await using (input)
                await input.WriteAsync(Input ?? "");
        }
        catch (IOException)
        {
            // The program ended, or closed its input, without reading all of it: that is its right.
        }
    }

    private static async Task Pump(StreamReader from, StringBuilder to)
    {
        var buffer = new char[16384];
        while (await from.ReadAsync(buffer) is var count and > 0)
        {
            lock (to)
                to.Append(buffer, 0, count);
        }
    }

    private static string Text(StringBuilder builder)
    {
        lock (builder)
            return builder.ToString();
    }
}
