using System.Collections.Frozen;
using System.Globalization;

namespace Anocir.Platform.Oci;

/// <summary>Signals by the names people and engines use: <c>TERM</c>, <c>SIGTERM</c>, <c>15</c>, <c>RTMIN+3</c>, in any case.</summary>
public static class SignalName
{
    /// <summary>glibc and musl keep 32 and 33 (and musl 34) for themselves; SIGRTMIN means 34 everywhere that matters.</summary>
    private const int RealTimeMin = 34;
    private const int RealTimeMax = 64;

    private static readonly FrozenDictionary<string, int> Numbers = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        ["HUP"] = 1,
        ["INT"] = 2,
        ["QUIT"] = 3,
        ["ILL"] = 4,
        ["TRAP"] = 5,
        ["ABRT"] = 6,
        ["IOT"] = 6,
        ["BUS"] = 7,
        ["FPE"] = 8,
        ["KILL"] = 9,
        ["USR1"] = 10,
        ["SEGV"] = 11,
        ["USR2"] = 12,
        ["PIPE"] = 13,
        ["ALRM"] = 14,
        ["TERM"] = 15,
        ["STKFLT"] = 16,
        ["CHLD"] = 17,
        ["CLD"] = 17,
        ["CONT"] = 18,
        ["STOP"] = 19,
        ["TSTP"] = 20,
        ["TTIN"] = 21,
        ["TTOU"] = 22,
        ["URG"] = 23,
        ["XCPU"] = 24,
        ["XFSZ"] = 25,
        ["VTALRM"] = 26,
        ["PROF"] = 27,
        ["WINCH"] = 28,
        ["IO"] = 29,
        ["POLL"] = 29,
        ["PWR"] = 30,
        ["SYS"] = 31,
        ["RTMIN"] = RealTimeMin,
        ["RTMAX"] = RealTimeMax,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The number of a signal; 0 asks only whether the process is there.</summary>
    /// <exception cref="ContainerException"><c>unknown signal "X"</c></exception>
    public static int Parse(string text) =>
        TryParse(text, out var signal) ? signal : throw new ContainerException($"unknown signal {Quoted.Text(text)}");

    /// <summary>The number of a signal; false when there is none of that name.</summary>
    public static bool TryParse(string text, out int signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal)) return signal <= RealTimeMax;
        var name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        return Numbers.TryGetValue(name, out signal)
            || TryOffset(name, "RTMIN+", RealTimeMin, 1, out signal)
            || TryOffset(name, "RTMAX-", RealTimeMax, -1, out signal);
    }

    private static bool TryOffset(string name, string prefix, int origin, int direction, out int signal)
    {
        signal = 0;
        if (!name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return false;
        if (!int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)) return false;
        if (offset > RealTimeMax - RealTimeMin) return false;
        signal = origin + direction * offset;
        return true;
    }
}
