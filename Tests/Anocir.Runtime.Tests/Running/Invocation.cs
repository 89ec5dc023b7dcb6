using System.Diagnostics;

namespace Anocir.Runtime.Tests.Running;

/// <summary>
/// One call of the runtime. Its outputs are files, for a container inherits them and may outlive the call; everything a caller can
/// hand down (directory, descriptors, signals, umask) is arranged by a shell that becomes the runtime.
/// </summary>
public sealed class Invocation(string scratch, IReadOnlyList<string> words)
{
    private static int _count;
    private readonly string _stem = Path.Combine(scratch, $"call{Interlocked.Increment(ref _count)}");
    private Process? _process;

    /// <summary>The caller's working directory.</summary>
    public string Directory { get; init; } = "/";

    /// <summary>More redirections of the shell: <c>5&lt;/etc/passwd</c>.</summary>
    public string Redirections { get; init; } = "";

    /// <summary>What the shell does before: <c>umask 077;</c>.</summary>
    public string Before { get; init; } = "";

    /// <summary>What stands before the runtime: <c>env --ignore-signal=HUP</c>.</summary>
    public string Wrapper { get; init; } = "";

    /// <summary>Where 0, 1 and 2 go; a terminal's path takes the place of the files.</summary>
    public string? Terminal { get; init; }

    public string? Input { get; init; }

    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);

    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The runtime's pid: the shell has become it.</summary>
    public int Pid => _process!.Id;

    public string Output => File.Exists(_stem + ".out") ? File.ReadAllText(_stem + ".out") : "";

    public string Error => File.Exists(_stem + ".err") ? File.ReadAllText(_stem + ".err") : "";

    /// <summary>Starts the call, and does not wait for its end.</summary>
    public Invocation Start()
    {
        File.WriteAllText(_stem + ".in", Input ?? "");
        var standard = Terminal is null
            ? $"<{_stem}.in >{_stem}.out 2>{_stem}.err"
            : $"<>{Terminal} >&0 2>&0";
        var line = string.Join(' ', words.Select(Pty.Quote));
        var info = new ProcessStartInfo("/bin/sh", ["-c", $"{Before} cd {Pty.Quote(Directory)} && exec {Wrapper} {line} {standard} {Redirections}"])
        {
            UseShellExecute = false,
        };
        info.Environment.Remove("NOTIFY_SOCKET");
        foreach (var (name, value) in Environment) info.Environment[name] = value;
        _process = Process.Start(info)!;
        return this;
    }

    /// <summary>Waits for the end.</summary>
    public CommandResult Wait()
    {
        if (!_process!.WaitForExit(Patience.With(Limit)))
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
            throw new TimeoutException($"not ended after {Patience.With(Limit).TotalSeconds} s: {Result(-1)}");
        }

        return Result(_process.ExitCode);
    }

    public CommandResult Run() => Start().Wait();

    private CommandResult Result(int code) => new(string.Join(' ', words.Select(Pty.Quote)), code, Output, Error);
}
