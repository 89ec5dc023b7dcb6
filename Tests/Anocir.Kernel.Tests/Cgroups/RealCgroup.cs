using System.Diagnostics;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Oci;
using Xunit;
using Process = System.Diagnostics.Process;

namespace Anocir.Kernel.Tests.Cgroups;

/// <summary>A cgroup of this host under a name nobody else has, gone when the test ends.</summary>
internal sealed class RealCgroup : IDisposable
{
    // Should the test host crash, its children must not keep what it inherited (a build's lock, a pipe) open.
    internal const string CloseInherited = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-;";

    private readonly List<Process> _processes = [];

    internal RealCgroup(Resources? resources = null, CgroupHost? host = null, string name = "c")
    {
        Host = host ?? Hybrid();
        Parent = $"/anocir-test-{Guid.NewGuid():n}";
        Cgroup = Cgroup.Create(Host, Host.Locate($"{Parent}/{name}", "id"), resources);
    }

    internal CgroupHost Host { get; }

    internal string Parent { get; }

    internal Cgroup Cgroup { get; }

    internal static CgroupHost Hybrid()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "needs root to make cgroups");
        var host = CgroupHost.Detect();
        Skip.IfNot(host.Layout == CgroupLayout.Hybrid, $"needs version 1 controllers with a unified hierarchy; this host is {host.Layout}");
        return host;
    }

    internal string In(string controller) =>
        Cgroup.Directories.Single(d => Host.Hierarchies.Single(h => h.Has(controller)).MountPoint is var mount && d.StartsWith(mount + "/", StringComparison.Ordinal));

    internal string Read(string controller, string file) => File.ReadAllText($"{In(controller)}/{file}").Trim();

    /// <summary>Runs a shell script that joins the cgroup first, and comes back when it has.</summary>
    internal Process Run(string script)
    {
        var join = string.Concat(Cgroup.Directories.Select(d => $"echo $$ > {d}/cgroup.procs; "));
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"{CloseInherited} {join} echo joined; {script}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        _processes.Add(process);
        Assert.Equal("joined", process.StandardOutput.ReadLine());
        return process;
    }

    public void Dispose()
    {
        Cgroup.Thaw();
        Assert.True(Cgroup.Kill(9));
        foreach (var process in _processes)
        {
            process.WaitForExit();
            process.Dispose();
        }

        Cgroup.Remove(Cgroup.Made);
        Assert.All(Cgroup.Directories, d => Assert.False(Directory.Exists(Path.GetDirectoryName(d))));
    }
}
