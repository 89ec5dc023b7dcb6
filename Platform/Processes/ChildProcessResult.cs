namespace Anocir.Platform.Processes;

/// <summary>How a program ended, and what it wrote.</summary>
/// <param name="WaitStatus">As waitpid(2) encodes it; null when somebody else reaped it.</param>
/// <param name="Output">Standard output, at most the limit.</param>
/// <param name="Errors">Standard error, at most the limit.</param>
public sealed record ChildProcessResult(int? WaitStatus, string Output, string Errors)
{
    /// <summary>It exited with status 0.</summary>
    public bool Succeeded => WaitStatus == 0;

    /// <summary>"exit status 1", "signal: killed", "signal: aborted (core dumped)".</summary>
    public string Describe()
    {
        if (WaitStatus is not { } status) return "exit status unknown: another process took it";
        var signal = status & 0x7f;
        if (signal == 0) return string.Create(null, $"exit status {(status >> 8) & 0xff}");
        return $"signal: {SignalText(signal)}{((status & 0x80) != 0 ? " (core dumped)" : "")}";
    }

    // The words that callers of Go runtimes know (strsignal in lower case).
    private static string SignalText(int signal) => signal switch
    {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        _ => string.Create(null, $"signal {signal}"),
    };
}
