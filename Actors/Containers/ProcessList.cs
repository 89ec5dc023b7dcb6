using System.Diagnostics;
using System.Globalization;
using Anocir.Platform;

namespace Anocir.Actors.Containers;

/// <summary>runc's <c>ps</c>: host pids as JSON, or the lines that ps(1) has for them.</summary>
internal static class ProcessList
{
    public static string Render(IReadOnlyList<int> pids, ListProcesses query)
    {
        if (query.Format == "json") return $"[{string.Join(',', pids.Select(p => p.ToString(CultureInfo.InvariantCulture)))}]\n";
        var lines = RunPs(query.Arguments.Count > 0 ? query.Arguments : ["-ef"]).Split('\n');
        var column = lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList().IndexOf("PID");
        if (column < 0) throw new ContainerException("couldn't find PID field in ps output");
        var wanted = pids.ToHashSet();
        var kept = lines.Skip(1).Where(line =>
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > column && int.TryParse(fields[column], CultureInfo.InvariantCulture, out var pid) && wanted.Contains(pid);
        });
        return string.Join('\n', kept.Prepend(lines[0])) + "\n";
    }

    private static string RunPs(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("ps") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var ps = Process.Start(start)!;
        var errors = ps.StandardError.ReadToEndAsync();
        var output = ps.StandardOutput.ReadToEnd();
        ps.WaitForExit();
        return ps.ExitCode == 0 ? output : throw new ContainerException($"ps: exit status {ps.ExitCode}: {errors.Result.Trim()}");
    }
}
