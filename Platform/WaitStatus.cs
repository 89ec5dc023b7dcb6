namespace Anocir.Platform;

/// <summary>The status word of wait(2).</summary>
public static class WaitStatus
{
    /// <summary>The exit code a shell would show: the program's own, or 128 and the signal that ended it.</summary>
    public static int ExitCode(int status) => (status & 0x7F) == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F);

    /// <summary>"exit status 3" or "signal 9".</summary>
    public static string Describe(int status) => (status & 0x7F) == 0 ? $"exit status {(status >> 8) & 0xFF}" : $"signal {status & 0x7F}";
}
