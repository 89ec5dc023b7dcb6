using System.Globalization;
using System.Text;

namespace Anocir.Engines.Tests.Running;

/// <summary>Facts about processes out of /proc, and their end by pid.</summary>
public static class Processes
{
    /// <summary>Whether the process runs still; one that only waits to be reaped does not.</summary>
    public static bool Alive(int pid) => Status(pid, "State") is { } state && state[0] is not ('Z' or 'X');

    /// <summary>A field of /proc/PID/status, or null when the process is gone.</summary>
    public static string? Status(int pid, string field)
    {
        var line = Read($"/proc/{pid}/status")?.Split('\n').FirstOrDefault(l => l.StartsWith(field + ":", StringComparison.Ordinal));
        return line?[(field.Length + 1)..].Trim();
    }

    public static int Parent(int pid) => int.Parse(Status(pid, "PPid") ?? "0", CultureInfo.InvariantCulture);

    /// <summary>The namespace of the process, as the kernel names it: "uts:[4026531838]".</summary>
    public static string Namespace(int pid, string kind) =>
        new FileInfo($"/proc/{pid}/ns/{kind}").LinkTarget ?? throw new InvalidOperationException($"process {pid} has no {kind} namespace");

    /// <summary>The live processes whose command line or cgroup holds the text.</summary>
    public static IReadOnlyList<int> Mentioning(string text) =>
        Directory.GetDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => name!.All(char.IsAsciiDigit))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
            .Where(pid => Mentions($"/proc/{pid}/cmdline", text) || Mentions($"/proc/{pid}/cgroup", text))
            .Where(Alive)
            .ToArray();

    /// <summary>Sends a signal, by name ("TERM").</summary>
    public static void Signal(int pid, string signal) =>
        Command.Run("/bin/kill", $"-{signal}", pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Ends the process: asked first, then killed.</summary>
    public static void End(int pid, TimeSpan grace)
    {
        Signal(pid, "TERM");
        if (Until.Holds(() => !Alive(pid), grace))
            return;
        Signal(pid, "KILL");
        Until.True(() => !Alive(pid), $"the end of killed process {pid}");
    }

    /// <summary>The pid that a file holds, or null where it holds none.</summary>
    public static int? FromFile(string path) =>
        int.TryParse(Read(path)?.Trim(), CultureInfo.InvariantCulture, out var pid) && pid > 1 ? pid : null;

    private static bool Mentions(string file, string text) => Read(file)?.Contains(text, StringComparison.Ordinal) ?? false;

    private static string? Read(string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(file));
        }
        catch (IOException)
        {
            return null; // ENOENT or ESRCH: it ended meanwhile.
        }
    }
}
