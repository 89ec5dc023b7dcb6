using System.Globalization;
using System.Runtime.InteropServices;

namespace Anocir.Supervisor.Tests.Running;

/// <summary>What /proc says of processes, and signals to them.</summary>
internal static partial class Processes
{
    internal const int SigKill = 9;
    internal const int SigTerm = 15;

    internal static int Signal(int pid, int signal) => kill(pid, signal);

    /// <summary>It has a handler for the signal.</summary>
    internal static bool Catches(int pid, int signal)
    {
        var mask = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("SigCgt:", StringComparison.Ordinal))[7..].Trim();
        return (Convert.ToUInt64(mask, 16) >> (signal - 1) & 1) != 0;
    }

    /// <summary>It runs: a zombie does not, but for one whose other threads are still ending, and hold its descriptors.</summary>
    internal static bool Lives(int pid) => State(pid) switch
    {
        null or "X" => false,
        "Z" => HasThreads(pid),
        _ => true,
    };

    /// <summary>The third field of its stat, or null.</summary>
    internal static string? State(int pid)
    {
        var stat = TryRead($"/proc/{pid}/stat");
        return stat is null ? null : stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[0];
    }

    /// <summary>
    /// All processes of the machine that belong to the directory: by their output, by their environment, or, as hooks do, by an argument
    /// that is the directory itself. Others may name it too, and are left alone.
    /// </summary>
    internal static IReadOnlyList<string> Of(string directory, params int[] except)
    {
        var found = new List<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), CultureInfo.InvariantCulture, out var pid) || pid == Environment.ProcessId || except.Contains(pid)) continue;
            if (!Lives(pid)) continue;
            var arguments = (TryRead($"{process}/cmdline") ?? "").Split('\0');
            var ours = arguments.Contains(directory)
                || (TryRead($"{process}/environ") ?? "").Contains($"={directory}", StringComparison.Ordinal)
                || (Target($"{process}/fd/1") ?? "").StartsWith(directory, StringComparison.Ordinal)
                || (Target($"{process}/fd/2") ?? "").StartsWith(directory, StringComparison.Ordinal);
            if (ours) found.Add($"{pid} {string.Join(' ', arguments).Trim()}");
        }

        return found;
    }

    private static bool HasThreads(int pid)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{pid}/task").Count() > 1;
        }
        catch (IOException)
        {
            return false;
        }
    }

    internal static string? Target(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.ToString() ?? new FileInfo(link).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
