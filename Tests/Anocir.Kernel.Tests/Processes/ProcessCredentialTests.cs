using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Xunit;

namespace Anocir.Kernel.Tests.Processes;

public sealed class ProcessCredentialTests
{
    private const string None = "0000000000000000";

    private static Process Status => ProbeRun.Program("cat", "/proc/self/status");

    [SkippableFact]
    public void Program_of_a_user_has_its_ids_groups_and_no_capabilities()
    {
        var run = ProbeRun.Of(Status with
        {
            User = new User { Uid = 1000, Gid = 2000, AdditionalGids = [3000, 3001] },
            Capabilities = new Capabilities { Bounding = ["CAP_CHOWN", "CAP_NET_BIND_SERVICE"] },
            NoNewPrivileges = true,
        });

        run.Succeeded();
        Assert.Equal("1000 1000 1000 1000", run.Status("Uid"));
        Assert.Equal("2000 2000 2000 2000", run.Status("Gid"));
        Assert.Equal("3000 3001", run.Status("Groups"));
        Assert.Equal("0000000000000401", run.Status("CapBnd"));
        foreach (var set in new[] { "CapInh", "CapPrm", "CapEff", "CapAmb" }) Assert.Equal(None, run.Status(set));
        Assert.Equal("1", run.Status("NoNewPrivs"));
    }

    [SkippableFact]
    public void Program_of_root_is_limited_by_the_bounding_set()
    {
        var run = ProbeRun.Of(Status with
        {
            Capabilities = new Capabilities { Bounding = ["CAP_SYS_ADMIN"], Permitted = ["CAP_SYS_ADMIN", "CAP_AUDIT_WRITE", "CAP_KILL"] },
        });

        run.Succeeded();
        Assert.Equal("", run.Status("Groups"));
        Assert.Equal("0000000000200000", run.Status("CapBnd"));
        Assert.Equal("0000000000200000", run.Status("CapEff"));
        Assert.Equal("0000000000200000", run.Status("CapPrm"));
        Assert.Equal(None, run.Status("CapInh"));
        Assert.Equal("0", run.Status("NoNewPrivs"));
    }

    [SkippableFact]
    public void Program_of_a_user_keeps_its_ambient_capabilities()
    {
        string[] kept = ["CAP_NET_BIND_SERVICE", "CAP_SYSLOG"];

        var run = ProbeRun.Of(Status with
        {
            User = new User { Uid = 1000, Gid = 1000 },
            Capabilities = new Capabilities { Bounding = kept, Permitted = kept, Effective = kept, Inheritable = kept, Ambient = kept },
        });

        run.Succeeded();
        foreach (var set in new[] { "CapBnd", "CapPrm", "CapEff", "CapInh", "CapAmb" }) Assert.Equal("0000000400000400", run.Status(set));
    }

    [SkippableFact]
    public void Program_without_capabilities_in_its_config_keeps_those_of_root()
    {
        var run = ProbeRun.Of(Status);

        run.Succeeded();
        Assert.Equal(run.Status("CapBnd"), run.Status("CapEff"));
        Assert.NotEqual(None, run.Status("CapEff"));
    }

    [SkippableFact]
    public void Ambient_capability_that_is_not_inheritable_is_a_warning()
    {
        string[] all = ["CAP_KILL", "CAP_CHOWN"];

        var run = ProbeRun.Of(Status with { Capabilities = new Capabilities { Bounding = all, Permitted = all, Inheritable = ["CAP_KILL"], Ambient = all } });

        run.Succeeded();
        Assert.Equal("0000000000000020", run.Status("CapAmb"));
        Assert.Contains("warning: can't raise ambient capability CAP_CHOWN: ", run.Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Capability_that_the_host_lacks_is_a_warning()
    {
        string[] wanted = ["CAP_SYS_TIME", "CAP_KILL"];

        var run = ProbeRun.Of(
            Status with { Capabilities = new Capabilities { Bounding = wanted, Permitted = wanted, Effective = wanted, Inheritable = wanted } },
            under: ["capsh", "--drop=cap_sys_time", "--", "-c", "exec \"$@\"", "probe"]);

        run.Succeeded();
        Assert.Equal("0000000000000020", run.Status("CapEff"));
        Assert.Contains("warning: cannot grant permitted capabilities: CAP_SYS_TIME", run.Errors, StringComparison.Ordinal);
        Assert.Contains("warning: cannot grant inheritable capabilities: CAP_SYS_TIME", run.Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Groups_denied_by_the_user_namespace_are_a_warning()
    {
        var run = ProbeRun.Of(Status with { User = new User { AdditionalGids = [0, 5] } }, under: ["unshare", "--user", "--map-root-user"]);

        run.Succeeded();
        Assert.Contains("warning: setgroups is denied in this user namespace, additional gids 0, 5 are not set", run.Errors, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(5u, 0u, "cannot setuid to unmapped uid 5 in user namespace")]
    [InlineData(0u, 5u, "cannot setgid to unmapped gid 5 in user namespace")]
    public void Ids_that_the_user_namespace_does_not_map_are_named(uint uid, uint gid, string message)
    {
        var run = ProbeRun.Of(Status with { User = new User { Uid = uid, Gid = gid } }, under: ["unshare", "--user", "--map-root-user"]);

        Assert.Equal(99, run.ExitCode);
        Assert.Contains($"error: {message}", run.Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Groups_to_keep_are_kept()
    {
        var run = ProbeRun.Of(Status, under: ["setpriv", "--groups=7,8"], change: plan => plan with { Setgroups = SetgroupsPolicy.Keep });

        run.Succeeded();
        Assert.Equal("7 8", run.Status("Groups"));
    }

    [SkippableFact]
    public void Parent_death_signal_survives_the_change_of_user()
    {
        var run = ProbeRun.Of(ProbeRun.Program("setpriv", "--dump") with { User = new User { Uid = 1000, Gid = 1000 } }, under: ["setpriv", "--pdeathsig", "TERM"]);

        Assert.Contains("Parent death signal: TERM", run.Succeeded(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Standard_streams_belong_to_the_user_and_devices_do_not()
    {
        ProbeRun.RequireRoot();
        var file = Path.GetTempFileName();
        try
        {
            ProbeRun.Of(
                ProbeRun.Shell("true") with { User = new User { Uid = 1234, Gid = 1 } },
                under: ["sh", "-c", $"exec \"$@\" </dev/null >{file}", "probe"]).Succeeded();

            var owners = ProbeRun.Of(ProbeRun.Program("stat", "-c", "%u:%g", file, "/dev/null")).Succeeded();

            Assert.Equal("1234:0\n0:0", owners);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
