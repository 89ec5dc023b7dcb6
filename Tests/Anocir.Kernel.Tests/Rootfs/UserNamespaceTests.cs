using Anocir.Platform.Oci;
using Anocir.Platform.Rootfs;
using Xunit;
using static Anocir.Kernel.Tests.Rootfs.RootfsSandbox;

namespace Anocir.Kernel.Tests.Rootfs;

public sealed class UserNamespaceTests : IDisposable
{
    private const string Mountinfo = "cat /proc/self/mountinfo";
    private readonly RootfsSandbox _sandbox;

    public UserNamespaceTests()
    {
        SkipUnlessPossible();
        _sandbox = new RootfsSandbox();
    }

    public void Dispose() => _sandbox?.Dispose();

    [SkippableFact]
    public void Devices_are_bound_and_unmapped_groups_dropped()
    {
        var run = _sandbox.Run(Spec(Proc, Dev, DevPts, Sys), "stat -c %t:%T /dev/null /dev/tty; echo x > /dev/null && echo written; " + Mountinfo, userNamespace: true);
        Assert.StartsWith("1:3\n5:0\nwritten\n", run.Successful);
        Assert.Equal("/null", run.Mount("/dev/null").SourceRoot);
        Assert.DoesNotContain("gid=5", run.Mount("/dev/pts").SuperOptions);
        Assert.Equal("sysfs", run.Mount("/sys").FileSystem);
    }

    [SkippableFact]
    public void Masks_readonly_root_and_sysctls_work_there_too()
    {
        var spec = Spec(Proc, Dev) with { Root = new Root { Path = "rootfs", Readonly = true }, Hostname = "inner" };
        spec = spec with
        {
            Linux = spec.Linux! with
            {
                MaskedPaths = ["/proc/keys", "/proc/acpi"],
                ReadonlyPaths = ["/proc/sys"],
                Sysctl = new Dictionary<string, string> { ["net.ipv4.ip_unprivileged_port_start"] = "82" },
            },
        };
        var run = _sandbox.Run(spec, "cat /proc/sys/net/ipv4/ip_unprivileged_port_start; hostname; touch /x 2>/dev/null || echo no; wc -c < /proc/keys; echo 1 2>/dev/null > /proc/sys/net/ipv4/ip_unprivileged_port_start || echo shut", userNamespace: true);
        Assert.Equal("82\ninner\nno\n0\nshut\n", run.Successful);
    }

    [SkippableFact]
    public void Locked_flags_of_a_source_survive_and_clearing_one_is_an_error()
    {
        _sandbox.MakeDirectory("volume");
        var before = $"mount -t tmpfs -o nosuid,nodev,noexec source {_sandbox.Bundle}/volume";
        var run = _sandbox.Run(Spec(Proc, Bind("volume", "/v", "rbind", "ro")), Mountinfo, userNamespace: true, before: before);
        Assert.Equal(["ro", "nosuid", "nodev", "noexec", "relatime"], run.Mount("/v").Options);
        var refused = _sandbox.Run(Spec(Proc, Bind("volume", "/v", "rbind", "exec")), Mountinfo, userNamespace: true, before: before);
        Assert.Equal($"set attributes of mount {_sandbox.Bundle}/volume on /v: EPERM (operation not permitted)\n", refused.Error);
    }

    [SkippableFact]
    public void Sysfs_without_a_network_namespace_of_its_own_is_the_one_of_the_host_and_readonly()
    {
        var run = _sandbox.Run(Spec(Proc, Dev, Sys with { Options = ["nosuid"] }), "touch /sys/fs/cgroup/x 2>/dev/null || echo no; " + Mountinfo, userNamespace: true, hostNetwork: true);
        Assert.StartsWith("no\n", run.Successful);
        Assert.Contains("ro", run.Mount("/sys").Options);
    }

    [SkippableFact]
    public void Cgroup2_without_a_cgroup_of_its_own_is_an_empty_directory()
    {
        var cgroup = new Mount { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup" };
        var run = _sandbox.Run(Spec(Proc, Sys, cgroup), "ls /sys/fs/cgroup; " + Mountinfo, userNamespace: true, facts: new RootfsHostFacts { UnifiedCgroups = true });
        var mount = run.Mount("/sys/fs/cgroup");
        Assert.Equal("tmpfs", mount.FileSystem);
        Assert.Contains("ro", mount.Options);
    }
}
