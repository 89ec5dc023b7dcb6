using Anocir.Platform.Cgroups;
using Xunit;

namespace Anocir.Platform.Tests.Cgroups;

public class CgroupHostTests
{
    private const string HybridMounts = """
        22 27 0:21 / /proc rw,relatime - proc proc rw
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
        99 31 0:32 / /var/lib/x/rootfs/sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        42 31 0:39 / /mnt/with\040space rw,relatime - cgroup cgroup rw,pids
        """;

    private const string HybridMembership = """
        9:name=systemd:/
        8:pids:/
        4:memory:/outer/inner
        2:cpu,cpuacct:/outer
        0::/user
        """;

    [Fact]
    public void Detect_of_a_hybrid_host_finds_each_hierarchy_once()
    {
        using var fake = new FakeHost(HybridMounts, HybridMembership);
        var host = fake.Detect();

        Assert.Equal(CgroupLayout.Hybrid, host.Layout);
        Assert.Equal(
            ["/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/mnt/with space"],
            host.Hierarchies.Select(h => h.MountPoint[fake.Root.Length..]));
        Assert.Equal(["cpu", "cpuacct"], host.Hierarchies[0].Controllers);
        Assert.Equal("systemd", host.Hierarchies[2].Name);
        Assert.Empty(host.Hierarchies[2].Controllers);
        Assert.Same(host.Hierarchies[3], host.Unified);
        Assert.False(host.SystemdRunning);
    }

    [Fact]
    public void Detect_of_a_version_2_host_reads_the_controllers_of_its_root()
    {
        using var fake = FakeHost.Unified();
        var host = fake.Detect();

        Assert.Equal(CgroupLayout.Unified, host.Layout);
        Assert.Equal(["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma"], Assert.Single(host.Hierarchies).Controllers);
    }

    [Fact]
    public void Locate_of_an_absolute_path_is_below_each_mount_point()
    {
        using var fake = new FakeHost(HybridMounts, HybridMembership);
        var location = fake.Detect().Locate("/docker/./x//abc", "id");

        Assert.All(location.Directories, d => Assert.EndsWith("/docker/x/abc", d, StringComparison.Ordinal));
        Assert.Equal($"{fake.Root}/sys/fs/cgroup/memory/docker/x/abc", location.Directories[1]);
        Assert.True(location.IsExplicit);
    }

    [Theory]
    [InlineData(null, "/outer/inner/id", "/user/id")]
    [InlineData("", "/outer/inner/id", "/user/id")]
    [InlineData("sub/x", "/outer/inner/sub/x", "/user/sub/x")]
    public void Locate_of_a_relative_or_absent_path_is_below_the_own_cgroup(string? path, string inMemory, string inUnified)
    {
        using var fake = new FakeHost(HybridMounts, HybridMembership);
        var location = fake.Detect().Locate(path, "id");

        Assert.Equal($"{fake.Root}/sys/fs/cgroup/memory{inMemory}", location.Directories[1]);
        Assert.Equal($"{fake.Root}/sys/fs/cgroup/unified{inUnified}", location.Directories[3]);
        Assert.Equal(path is "sub/x", location.IsExplicit);
    }

    [Fact]
    public void Locate_on_version_2_is_beside_the_own_cgroup()
    {
        using var fake = FakeHost.Unified();

        Assert.Equal([$"{fake.Root}/sys/fs/cgroup/user.slice/id"], fake.Detect().Locate(null, "id").Directories);
    }

    [Fact]
    public void Locate_for_a_caller_is_below_the_cgroup_of_the_caller()
    {
        using var fake = new FakeHost(HybridMounts, HybridMembership);
        var caller = CgroupMembership.Parse("4:memory:/conmon\n2:cpu,cpuacct:/../elsewhere\n0::/scope\n");
        var location = fake.Detect().Locate(null, "id", caller);

        Assert.EndsWith("/memory/conmon/id", location.Directories[1], StringComparison.Ordinal);
        // Outside of this cgroup namespace, and a hierarchy the caller is not seen in: the root of what is seen.
        Assert.EndsWith("/cpu,cpuacct/id", location.Directories[0], StringComparison.Ordinal);
        Assert.EndsWith("/systemd/id", location.Directories[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Locate_below_a_mount_of_a_part_takes_off_what_the_mount_hides()
    {
        using var fake = new FakeHost(
            "35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n", "4:memory:/docker/abc/own\n");

        Assert.Equal([$"{fake.Root}/sys/fs/cgroup/memory/own/id"], fake.Detect().Locate(null, "id").Directories);
    }

    [Theory]
    [InlineData("/../x")]
    [InlineData("a/../../x")]
    [InlineData("/")]
    [InlineData("/a/..")]
    [InlineData("/a\nb")]
    public void Locate_of_a_path_that_escapes_or_is_the_root_is_invalid(string path)
    {
        using var fake = FakeHost.Unified();
        var host = fake.Detect();

        Assert.Contains("invalid", Assert.Throws<ContainerException>(() => host.Locate(path, "id")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Locate_of_a_path_for_systemd_says_so_where_there_is_no_systemd()
    {
        using var fake = FakeHost.Unified();
        var host = fake.Detect();
        Assert.Contains("systemd", Assert.Throws<ContainerException>(() => host.Locate("system.slice:docker:abc", "id")).Message, StringComparison.Ordinal);

        fake.Put("run/systemd/system/x", "");
        Assert.True(fake.Detect().SystemdRunning);
        Assert.EndsWith("/system.slice:docker:abc", Assert.Single(fake.Detect().Locate("system.slice:docker:abc", "id").Directories), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_of_a_foreign_directory_fails()
    {
        using var fake = FakeHost.Unified();
        var host = fake.Detect();

        Assert.Throws<ContainerException>(() => Cgroup.Open(host, ["/etc"]));
        Assert.Throws<ContainerException>(() => Cgroup.Open(host, [$"{fake.Root}/sys/fs/cgroup/../../etc"]));
    }

    [SkippableFact]
    public void Kill_and_freeze_of_the_root_cgroup_are_refused()
    {
        using var fake = FakeHost.Unified();
        Skip.IfNot(File.ReadAllText("/proc/1/cgroup").Split('\n').Contains("0::/"), "needs process 1 to be in the root cgroup");
        fake.PutCgroup("sys/fs/cgroup", "cgroup.kill", "cgroup.freeze");
        var root = Cgroup.Of(fake.Detect(), 1);

        Assert.Throws<InvalidOperationException>(() => root.Kill(9));
        Assert.Throws<InvalidOperationException>(() => root.Freeze());
        Assert.Equal("", fake.Get("sys/fs/cgroup/cgroup.kill"));
    }
}
