namespace Anocir.Platform.Launch;

/// <summary>What /proc/PID/exe says of a process that is not the user's program yet.</summary>
public static class ExecutableName
{
    /// <param name="link">The target of /proc/PID/exe: of the sealed executable, a file in memory.</param>
    public static bool IsSealed(string link) => link.StartsWith("/memfd:anocir", StringComparison.Ordinal);
}
