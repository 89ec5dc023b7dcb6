using Anocir.Platform.Oci;
using Anocir.Platform.Rootfs;
using Xunit;
using static Anocir.Kernel.Tests.Rootfs.RootfsSandbox;

namespace Anocir.Kernel.Tests.Rootfs;

/// <summary>Every mount option as the kernel shows it afterwards.</summary>
public sealed class MountOptionTests : IDisposable
{
    private const string Mountinfo = "cat /proc/self/mountinfo";
    private readonly RootfsSandbox _sandbox;

    public MountOptionTests()
    {
        SkipUnlessPossible();
        _sandbox = new RootfsSandbox();
    }

    public void Dispose() => _sandbox?.Dispose();

    [SkippableFact]
    public void Every_known_option_is_taken_by_a_new_filesystem()
    {
        string[] ours = ["bind", "rbind", "remount", "idmap", "ridmap"];
        var words = MountOptionTable.Names.Except(ours).ToArray();
        var mounts = words.Select(w => new Mount { Destination = "/m/" + w, Type = "tmpfs", Source = "t", Options = [w] });
        var run = _sandbox.Run(Spec([Proc, .. mounts]), Mountinfo);
        foreach (var word in words)
        {
            var mount = run.Mount("/m/" + word);
            string[] shown = word switch
            {
                "ro" or "nosuid" or "nodev" or "noexec" or "noatime" or "nodiratime" or "nosymfollow" or "relatime" => [word],
                "rro" or "rnosuid" or "rnodev" or "rnoexec" or "rnoatime" or "rnodiratime" or "rnosymfollow" or "rrelatime" => [word[1..]],
                "rw" or "suid" or "dev" or "exec" or "atime" or "diratime" or "symfollow" or "defaults" => ["rw", "relatime"],
                _ => [],
            };
            Assert.All(shown, s => Assert.Contains(s, mount.Options));
            if (word is "strictatime" or "rstrictatime") Assert.DoesNotContain("relatime", mount.Options);
            if (word is "sync" or "dirsync" or "lazytime") Assert.Contains(word, mount.SuperOptions);
        }
    }

    [SkippableTheory]
    [InlineData(new[] { "rbind", "ro", "nosuid" }, "ro,nosuid", "rw")]
    [InlineData(new[] { "rbind", "rro", "rnoexec" }, "ro,noexec", "ro,noexec")]
    [InlineData(new[] { "rbind", "ro", "rnodev", "rnoatime" }, "ro,nodev,noatime", "nodev,noatime")]
    [InlineData(new[] { "rbind", "ro", "rw" }, "rw", "rw")]
    [InlineData(new[] { "rbind", "rnosymfollow", "nodiratime" }, "nosymfollow,nodiratime", "nosymfollow")]
    public void Options_of_a_bind_reach_the_top_and_recursive_ones_the_whole_tree(string[] options, string top, string below)
    {
        _sandbox.MakeDirectory("volume/sub");
        var run = _sandbox.Run(Spec(Proc, Bind("volume", "/v", options)), Mountinfo, before: $"mount -t tmpfs below {_sandbox.Bundle}/volume/sub");
        Assert.Superset(top.Split(',').ToHashSet(), run.Mount("/v").Options.ToHashSet());
        Assert.Superset(below.Split(',').ToHashSet(), run.Mount("/v/sub").Options.ToHashSet());
    }

    [SkippableFact]
    public void Bind_keeps_what_its_source_has_unless_it_is_cleared()
    {
        _sandbox.MakeDirectory("volume");
        var before = $"mount -t tmpfs -o nosuid,nodev,noexec,ro source {_sandbox.Bundle}/volume";
        var run = _sandbox.Run(Spec(Proc, Bind("volume", "/kept", "bind", "noatime"), Bind("volume", "/cleared", "bind", "exec", "dev")), Mountinfo, before: before);
        Assert.Equal(["ro", "nosuid", "nodev", "noexec", "noatime"], run.Mount("/kept").Options);
        Assert.Equal(["ro", "nosuid", "relatime"], run.Mount("/cleared").Options);
    }

    [SkippableFact]
    public void Remount_changes_attributes_and_with_bind_only_those()
    {
        var tmpfs = new Mount { Destination = "/t", Type = "tmpfs", Source = "t", Options = ["size=4096k", "nosuid"] };
        var bind = _sandbox.Run(Spec(Proc, tmpfs, new Mount { Destination = "/t", Options = ["bind", "remount", "ro", "noexec"] }), Mountinfo).Mount("/t");
        Assert.Equal(["ro", "nosuid", "noexec", "relatime"], bind.Options);
        Assert.Contains("rw", bind.SuperOptions);
        var whole = _sandbox.Run(Spec(Proc, tmpfs, new Mount { Destination = "/t", Options = ["remount", "ro", "size=8192k"] }), Mountinfo).Mount("/t");
        Assert.Contains("ro", whole.SuperOptions);
        Assert.Contains("size=8192k", whole.SuperOptions);
    }

    [SkippableFact]
    public void Cgroup_tree_shows_the_hierarchies_bound_and_linked()
    {
        _sandbox.MakeDirectory("cg/cpu,cpuacct");
        _sandbox.Write("cg/systemd/marker", "mine");
        var facts = new RootfsHostFacts
        {
            Hierarchies =
            [
                new("cpu,cpuacct", Path.Combine(_sandbox.Bundle, "cg/cpu,cpuacct"), ["cpu", "cpuacct"], ["cpu", "cpuacct"]),
                new("systemd", Path.Combine(_sandbox.Bundle, "cg/systemd"), ["none", "name=systemd"], []),
            ],
        };
        var cgroup = new Mount { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["ro", "nosuid", "noexec", "nodev"] };
        var run = _sandbox.Run(Spec(Proc, Sys, cgroup), "readlink /sys/fs/cgroup/cpu; cat /sys/fs/cgroup/systemd/marker; touch /sys/fs/cgroup/x 2>/dev/null || echo no; " + Mountinfo, facts: facts);
        Assert.StartsWith("cpu,cpuacct\nmineno\n", run.Successful);
        Assert.Equal("tmpfs", run.Mount("/sys/fs/cgroup").FileSystem);
        Assert.Equal(["ro", "nosuid", "nodev", "noexec", "relatime"], run.Mount("/sys/fs/cgroup/systemd").Options);
    }

    [SkippableFact]
    public void Cgroup2_is_mounted_with_its_options()
    {
        Skip.IfNot(File.ReadAllText("/proc/filesystems").Contains("\tcgroup2\n"), "the kernel has no cgroup2");
        var cgroup = new Mount { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["ro", "nosuid"] };
        var mount = _sandbox.Run(Spec(Proc, Sys, cgroup), Mountinfo, facts: new RootfsHostFacts { UnifiedCgroups = true }).Mount("/sys/fs/cgroup");
        Assert.Equal("cgroup2", mount.FileSystem);
        Assert.Contains("ro", mount.Options);
    }
}
