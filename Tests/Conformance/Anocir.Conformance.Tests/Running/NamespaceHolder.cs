using System.Diagnostics;

namespace Anocir.Conformance.Tests.Running;

/// <summary>A process of the test's own that holds a new namespace open for containers to join.</summary>
internal sealed class NamespaceHolder : IDisposable
{
    private readonly Process _unshare;

    public NamespaceHolder(string type)
    {
        var flags = type switch
        {
            "pid" => "--pid --fork --kill-child",
            "network" => "--net",
            "mount" => "--mount",
            "user" => "--user",
            "time" => "--time --fork --kill-child",
            _ => "--" + type,
        };
        _unshare = Process.Start(new ProcessStartInfo("/usr/bin/unshare", [.. flags.Split(' '), "/bin/sh", "-c", "echo $$; exec sleep 1000"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        // The shell's own number is that of its namespace; the host's is the child's where unshare forked.
        _unshare.StandardOutput.ReadLine();
        Pid = flags.Contains("--fork", StringComparison.Ordinal)
            ? int.Parse(File.ReadAllText($"/proc/{_unshare.Id}/task/{_unshare.Id}/children").Trim(), CultureInfo.InvariantCulture)
            : _unshare.Id;
        if (type != "user") return;
        foreach (var map in new[] { "uid_map", "gid_map" }) File.WriteAllText($"/proc/{Pid}/{map}", "0 200000 65536");
    }

    public int Pid { get; }

    public void Dispose()
    {
        Processes.Signal(Pid, "KILL");
        _unshare.WaitForExit(TimeSpan.FromSeconds(10));
        _unshare.Dispose();
    }
}
