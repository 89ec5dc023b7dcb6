namespace Anocir.Conformance.Tests.Config;

public sealed class UserTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const ulong Chown = 1 << 0;
    private const ulong Kill = 1 << 5;

    [SkippableFact]
    [Clause("config.md", "posix-platform-user", Strength.Must, 56)]
    public void Program_has_the_user_and_the_groups_configured() =>
        Assert.Equal("1234\n5678\n5678 11 22", runtime.Inside("id -u; id -g; id -G", c => c.Set("process.user", """{"uid":1234,"gid":5678,"additionalGids":[11,22]}""")));

    [SkippableFact]
    [Clause("config.md", "posix-platform-user", Strength.Must, 56)]
    public void User_and_groups_are_those_of_the_user_namespace()
    {
        using var container = runtime.Container(c => c.Script("id -u; id -g; id -G; exec sleep 1000")
            .Set("process.user", """{"uid":5,"gid":6,"additionalGids":[7]}""")
            .Set("linux.namespaces.5", """{"type":"user"}""")
            .Set("linux.uidMappings", """[{"containerID":0,"hostID":200000,"size":1000}]""")
            .Set("linux.gidMappings", """[{"containerID":0,"hostID":300000,"size":1000}]"""));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("5\n6\n6 7");
        Assert.StartsWith("200005\t", Processes.Status(container.Pid, "Uid"), StringComparison.Ordinal);
        Assert.StartsWith("300006\t", Processes.Status(container.Pid, "Gid"), StringComparison.Ordinal);
        Assert.Equal("300007", Processes.Status(container.Pid, "Groups")!.Trim());
    }

    [SkippableTheory]
    [InlineData(63, "0077")]
    [InlineData(0, "0000")]
    [InlineData(18, "0022")]
    [Clause("config.md", "posix-platform-user", Strength.Must, 57)]
    public void Mask_of_files_is_the_one_configured(int umask, string seen) =>
        Assert.Equal(seen, runtime.Inside("umask", c => c.Set("process.user.umask", $"{umask}")));

    [SkippableFact]
    [Clause("config.md", "posix-platform-user", Strength.Must, 57)]
    public void Mask_of_files_stays_the_callers_when_not_configured() =>
        Known.Departure("0022, as with runc: images count on it", () =>
            Assert.Equal("0027", runtime.Inside("umask", new Caller(Before: "umask 027;"))));

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.Must, 51)]
    public void Capabilities_are_the_ones_configured_in_each_set()
    {
        var seen = runtime.Inside("grep ^Cap /proc/self/status", c => c.Set("process.capabilities", """
            {"bounding":["CAP_CHOWN","CAP_KILL"],"effective":["CAP_CHOWN"],"permitted":["CAP_CHOWN","CAP_KILL"],"inheritable":["CAP_KILL"],"ambient":["CAP_KILL"]}
            """).Set("process.user.uid", "1000"));
        var sets = seen.Split('\n').Select(line => line.Split(":\t")).ToDictionary(p => p[0], p => ulong.Parse(p[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal(Chown | Kill, sets["CapBnd"]);
        Assert.Equal(Kill, sets["CapInh"]);
        Assert.Equal(Kill, sets["CapAmb"]);
        // After execve by another user than root only the ambient ones are permitted and effective (capabilities(7)).
        Assert.Equal(Kill, sets["CapPrm"]);
        Assert.Equal(Kill, sets["CapEff"]);
    }

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.Must, 51)]
    public void Without_capabilities_in_the_configuration_there_are_none() =>
        Assert.Equal("CapBnd:\t0000000000000000", runtime.Inside("grep ^CapBnd /proc/self/status", c => c.Set("process.capabilities", "{}")));

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.ShouldNot, 51)]
    public void Capability_that_cannot_be_granted_is_no_error()
    {
        runtime.Require();
        var bounding = ulong.Parse(Processes.Status(Environment.ProcessId, "CapBnd")!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Skip.If((bounding & (1UL << 24)) != 0, "CAP_SYS_RESOURCE can be granted here");
        Assert.Equal("ran", runtime.Inside("echo ran", c =>
        {
            foreach (var set in new[] { "bounding", "effective", "permitted" }) c.Set($"process.capabilities.{set}.0", "\"CAP_SYS_RESOURCE\"");
        }));
    }

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.Must, 23)]
    public void AppArmor_profile_is_that_of_the_program()
    {
        runtime.Require();
        Skip.IfNot(Directory.Exists("/sys/kernel/security/apparmor"), "the kernel has no AppArmor, or it is off");
        Assert.Equal("unconfined", runtime.Inside("cat /proc/self/attr/current", c => c.Set("process.apparmorProfile", "\"unconfined\"")));
    }

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.Must, 23)]
    public void SELinux_label_is_that_of_the_program()
    {
        runtime.Require();
        Skip.IfNot(File.Exists("/sys/fs/selinux/enforce"), "the kernel has no SELinux, or it is off");
        Assert.Equal("system_u:system_r:container_t:s0", runtime.Inside("cat /proc/self/attr/current", c => c.Set("process.selinuxLabel", "\"system_u:system_r:container_t:s0\"")));
    }
}
