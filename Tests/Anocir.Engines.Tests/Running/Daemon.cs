using System.Diagnostics;

namespace Anocir.Engines.Tests.Running;

/// <summary>An engine's daemon in the foreground, its output in a file. Ends with <see cref="End"/>, by its pid.</summary>
public sealed class Daemon : IDisposable
{
    private readonly Process _process;
    private readonly string _log;

    public Daemon(string program, IEnumerable<string> arguments, string log, IReadOnlyDictionary<string, string?> environment)
    {
        _log = log;
        // The shell only opens the log, then becomes the daemon: the pid is the daemon's.
        var info = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, program, .. arguments]);
        foreach (var (name, value) in environment)
            info.Environment[name] = value;
        _process = Process.Start(info) ?? throw new InvalidOperationException($"cannot start {program}");
    }

    public bool Ended => _process.HasExited;

    /// <summary>The end of the daemon's log, to be shown when it does not do what it should.</summary>
    public string LogTail => File.Exists(_log) ? string.Join('\n', File.ReadLines(_log).TakeLast(40)) : "(no log)";

    /// <summary>Waits until the daemon answers.</summary>
    public void WaitUntil(Func<bool> answers) =>
        Until.True(() => Ended || answers(), "the daemon answers", TimeSpan.FromSeconds(60), () => LogTail);

    /// <summary>Ends it at once, as a crash would.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit(TimeSpan.FromSeconds(10));
    }

    /// <summary>Asks it to end, and waits; a daemon that does not end is killed.</summary>
    public void End()
    {
        if (Ended)
            return;
        Processes.Signal(_process.Id, "TERM");
        if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
            Kill();
    }

    public void Dispose()
    {
        End();
        _process.Dispose();
    }
}
