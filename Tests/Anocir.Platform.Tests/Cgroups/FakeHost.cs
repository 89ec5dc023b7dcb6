using Anocir.Platform.Cgroups;

namespace Anocir.Platform.Tests.Cgroups;

/// <summary>A tree of plain files that looks like /proc and /sys/fs/cgroup.</summary>
internal sealed class FakeHost : IDisposable
{
    internal const string UnifiedMounts = "31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";

    internal FakeHost(string mountInfo, string membership, string controllers = "cpuset cpu io memory hugetlb pids rdma")
    {
        Root = Directory.CreateTempSubdirectory("anocir-cgroups-").FullName;
        Put("proc/self/mountinfo", mountInfo);
        Put("proc/self/cgroup", membership);
        if (mountInfo.Contains("/sys/fs/cgroup rw,relatime - cgroup2", StringComparison.Ordinal)) Put("sys/fs/cgroup/cgroup.controllers", controllers);
    }

    internal string Root { get; }

    internal static FakeHost Unified(string membership = "0::/user.slice/session.scope\n") => new(UnifiedMounts, membership);

    internal CgroupHost Detect() => CgroupHost.Detect(Root);

    internal void Put(string path, string text)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    internal string Get(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>A cgroup that exists, with these files, empty.</summary>
    internal void PutCgroup(string path, params string[] files)
    {
        foreach (var file in files.Append("cgroup.procs")) Put($"{path}/{file}", "");
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
