using System.Diagnostics;
using System.Globalization;
using System.Text;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Diagnostics;

/// <summary>
/// When a command line and its init reached each phase, for Tests/Benchmarks/trace.sh. Off, a mark is one comparison. On, the times
/// are kept in memory and appended to the file at the end, one line each: role, phase, nanoseconds of CLOCK_MONOTONIC.
/// </summary>
public static class PhaseTrace
{
    /// <summary>Names the file, absolute; unset or empty is off.</summary>
    public const string Variable = "ANOCIR_TRACE";

    private static string _role = "";
    private static List<(string Phase, long At)>? _marks;
    private static FdHandle? _file;

    /// <summary>The file of this process; empty when off.</summary>
    public static string Path { get; private set; } = "";

    /// <summary>Turns the trace on if there is a path. The file is opened now: init will not see it any more when it writes.</summary>
    /// <param name="began">When the first phase, <c>main</c>, was reached (<see cref="Stopwatch.GetTimestamp"/>).</param>
    public static void Start(string role, string? path, long began)
    {
        if (string.IsNullOrEmpty(path)) return;
        Path = path;
        _role = role;
        _file = Sys.Open(path, Sys.OWrOnly | Sys.OCreat | Sys.OAppend | Sys.ONoFollow, 0x180 /* 0600 */);
        _marks = new List<(string Phase, long At)>(16) { ("main", began) };
    }

    public static void Mark(string phase)
    {
        if (_marks is not null) Add(phase);
    }

    /// <summary>Writes what there is, in one write: two processes append to the file.</summary>
    public static void Flush()
    {
        if (_marks is null || _file is null) return;
        var lines = new StringBuilder();
        foreach (var (phase, at) in _marks) lines.Append(CultureInfo.InvariantCulture, $"{_role} {phase} {Nanoseconds(at)}\n");
        _marks = null;
        Sys.WriteAll(_file, Encoding.ASCII.GetBytes(lines.ToString()), Path);
        _file.Dispose();
    }

    private static void Add(string phase) => _marks!.Add((phase, Stopwatch.GetTimestamp()));

    private static long Nanoseconds(long timestamp) => (long)(timestamp * (1e9 / Stopwatch.Frequency));
}
