using System.Globalization;
using Anocir.Platform.Syscalls;

namespace Anocir.Supervisor.Endpoint;

/// <summary>
/// The namespaces this supervisor serves: what a path, a pid and a uid mean to it. A caller in others (rootless Podman, docker in
/// docker) is sent to a supervisor of its own.
/// </summary>
internal sealed class OwnNamespaces
{
    private static readonly string[] _types = ["user", "mnt", "pid"];
    private readonly string[] _own = Read("self") ?? throw new InvalidOperationException("/proc/self/ns cannot be read");

    /// <summary>Null when the caller's are ours, else the name that its own supervisor goes by.</summary>
    public string? NameOfOther(int pid)
    {
        // 0: a process that our pid namespace does not show.
        var theirs = pid == 0 ? null : Read(pid.ToString(CultureInfo.InvariantCulture));
        if (theirs is null) return "outside";
        return theirs.AsSpan().SequenceEqual(_own) ? null : string.Join('-', theirs);
    }

    private static string[]? Read(string process)
    {
        var numbers = new string[_types.Length];
        for (var i = 0; i < _types.Length; i++)
        {
            var link = Sys.TryReadLink($"/proc/{process}/ns/{_types[i]}");
            // "mnt:[4026531841]"
            if (link is null || link.IndexOf('[', StringComparison.Ordinal) is var open && open < 0) return null;
            numbers[i] = link[(open + 1)..^1];
        }

        return numbers;
    }
}
