using System.Diagnostics;
using Anocir.Platform.Cgroups;
using Xunit;

namespace Anocir.Kernel.Tests.Cgroups;

/// <summary>
/// A host that seems to have version 2 alone: its mount point is a link to a cgroup of this test in the real unified hierarchy, so
/// that everything but the controllers is the kernel's.
/// </summary>
internal sealed class UnifiedCgroup : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("anocir-unified-").FullName;
    private readonly string _top;
    private readonly List<Process> _processes = [];

    internal UnifiedCgroup()
    {
        _top = $"{RealCgroup.Hybrid().Unified!.MountPoint}/anocir-test-{Guid.NewGuid():n}";
        Directory.CreateDirectory(_top);
        Directory.CreateDirectory($"{_root}/proc/self");
        Directory.CreateDirectory($"{_root}/sys/fs");
        File.WriteAllText($"{_root}/proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n");
        File.WriteAllText($"{_root}/proc/self/cgroup", "0::/\n");
        Directory.CreateSymbolicLink($"{_root}/sys/fs/cgroup", _top);
        Host = CgroupHost.Detect(_root);
        Cgroup = Cgroup.Create(Host, Host.Locate("/p/c", "id"), null);
    }

    internal CgroupHost Host { get; }

    internal Cgroup Cgroup { get; }

    internal Process Run(string script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"{RealCgroup.CloseInherited} echo $$ > {Cgroup.Directories[0]}/cgroup.procs; echo joined; {script}"]) { RedirectStandardOutput = true };
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
        Directory.Delete(_top);
        Directory.Delete(_root, recursive: true);
    }
}
