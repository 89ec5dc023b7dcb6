using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>Users, capabilities, seccomp and no_new_privs, as the kernel shows them of the running program.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerSecurityTests(DockerDaemon daemon)
{
    private const string Defaults = "00000000a80425fb";

    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableTheory]
    [InlineData("1234:5678", "uid=1234 gid=5678 groups=5678")]
    [InlineData("1234", "uid=1234 gid=0(root) groups=0(root)")]
    [InlineData("bob", "uid=1001(bob) gid=1001(bob) groups=1001(bob)")]
    [InlineData("bob:wheel", "uid=1001(bob) gid=10(wheel) groups=10(wheel)")]
    public void User_is_the_one_asked_for(string user, string id) => _docker.Run(["--user", user], "id").Ok().Prints(id);

    [SkippableFact]
    public void Groups_are_those_of_the_image_and_those_added() =>
        _docker.Run(["--user", "alice", "--group-add", "extra", "--group-add", "4242"], "cat", "/proc/self/status").Ok()
            .Shows("Groups:\t10 1000 2000 4242");

    [SkippableFact]
    public void Ordinary_user_owns_its_streams_and_no_capability()
    {
        var result = _docker.Sh(["--user", "alice"], "echo out > /dev/stdout; echo err > /dev/stderr; grep -E 'Cap(Prm|Eff)' /proc/self/status; echo x > /root/x").Exits(1);
        result.Shows("out").Shows("CapPrm:\t0000000000000000").Shows("CapEff:\t0000000000000000").Complains("err").Complains("Permission denied");
    }

    [SkippableFact]
    public void Ordinary_user_owns_its_terminal() =>
        _docker.OnTerminal("", "run", "--rm", "-t", "--user", "alice", "--network", "none", ContainerEngine.Image, "sh", "-c", "stat -c owner-%u $(tty); echo x > $(tty)")
            .Ok().Shows("owner-1000");

    [SkippableFact]
    public void Capabilities_are_Dockers_defaults()
    {
        var caps = Capabilities();
        Assert.Equal(Defaults, caps["CapPrm"]);
        Assert.Equal(Defaults, caps["CapEff"]);
        Assert.Equal(Defaults, caps["CapBnd"]);
        Assert.Equal("0000000000000000", caps["CapAmb"]);
    }

    [SkippableFact]
    public void Capability_added_is_there()
    {
        var caps = Capabilities("--cap-add", "SYS_TIME");
        Assert.Equal("00000000aa0425fb", caps["CapEff"]);
        Assert.Equal("00000000aa0425fb", caps["CapBnd"]);
    }

    [SkippableFact]
    public void Capability_dropped_is_gone_from_every_set()
    {
        var caps = Capabilities("--cap-drop", "CHOWN", "--cap-drop", "MKNOD");
        Assert.Equal("00000000a00425fa", caps["CapEff"]);
        Assert.Equal("00000000a00425fa", caps["CapBnd"]);
        _docker.Run(["--cap-drop", "CHOWN"], "chown", "1000", "/tmp").Exits(1).Complains("Operation not permitted");
    }

    [SkippableFact]
    public void All_capabilities_dropped_but_one_leave_that_one()
    {
        var caps = Capabilities("--cap-drop", "ALL", "--cap-add", "KILL");
        Assert.Equal("0000000000000020", caps["CapEff"]);
        Assert.Equal("0000000000000020", caps["CapPrm"]);
        Assert.Equal("0000000000000020", caps["CapBnd"]);
    }

    [SkippableFact]
    public void Default_profile_filters_what_it_should()
    {
        Status("Seccomp").Prints("Seccomp:\t2");
        _docker.Run([], "unshare", "-U", "true").Exits(1).Complains("Operation not permitted");
    }

    [SkippableFact]
    public void Unconfined_has_no_filter()
    {
        Status("Seccomp", "--security-opt", "seccomp=unconfined").Prints("Seccomp:\t0");
        _docker.Run(["--security-opt", "seccomp=unconfined"], "unshare", "-U", "true").Ok();
    }

    [SkippableFact]
    public void Profile_of_ones_own_is_obeyed()
    {
        var profile = Profile("errno.json", "SCMP_ACT_ERRNO", "mkdir", "mkdirat");
        _docker.Sh(["--security-opt", $"seccomp={profile}"], "touch /y && mkdir /x").Exits(1).Complains("Operation not permitted");
    }

    [SkippableFact]
    public void Profile_that_kills_ends_the_program_by_SIGSYS()
    {
        var profile = Profile("kill.json", "SCMP_ACT_KILL_PROCESS", "mkdir", "mkdirat");
        _docker.Sh(["--security-opt", $"seccomp={profile}"], "mkdir /x; echo status-$?").Ok().Shows("status-159");
    }

    [SkippableFact]
    public void Profile_that_looks_at_arguments_filters_only_those()
    {
        var profile = _docker.Scratch.File("profiles", "arguments.json");
        // Mode 0777 is 511: the second argument of chmod, the third of fchmodat.
        File.WriteAllText(profile, """
            {"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
             {"names":["chmod"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":511,"valueTwo":0,"op":"SCMP_CMP_EQ"}]},
             {"names":["fchmodat"],"action":"SCMP_ACT_ERRNO","args":[{"index":2,"value":511,"valueTwo":0,"op":"SCMP_CMP_EQ"}]}]}
            """);
        _docker.Sh(["--security-opt", $"seccomp={profile}"], "chmod 750 /tmp && stat -c %a /tmp; chmod 777 /tmp || stat -c %a /tmp").Ok()
            .Prints("750\n750").Complains("Operation not permitted");
    }

    [SkippableFact]
    public void Filter_holds_with_no_new_privileges_and_an_ordinary_user()
    {
        var profile = Profile("user.json", "SCMP_ACT_ERRNO", "mkdir", "mkdirat");
        _docker.Sh(["--security-opt", $"seccomp={profile}", "--security-opt", "no-new-privileges", "--user", "alice"],
            "grep -E 'Seccomp:|NoNewPrivs' /proc/self/status; mkdir /tmp/x")
            .Exits(1).Shows("Seccomp:\t2").Shows("NoNewPrivs:\t1").Complains("Operation not permitted");
    }

    [SkippableFact]
    public void No_new_privileges_is_set_when_asked_for_only()
    {
        Status("NoNewPrivs", "--security-opt", "no-new-privileges").Prints("NoNewPrivs:\t1");
        Status("NoNewPrivs").Prints("NoNewPrivs:\t0");
    }

    [SkippableFact]
    public void Privileged_container_has_all_that_the_host_has()
    {
        Skip.If(Processes.Status(Environment.ProcessId, "CapBnd") is var have && Convert.ToUInt64(have, 16) != (1UL << 41) - 1,
            "this machine lacks capabilities that --privileged asks for: no runtime can start such a container here");
        _docker.Sh(["--privileged"], "grep CapEff /proc/self/status; ls /dev/mem; echo ro > /proc/sys/kernel/hostname").Ok().Shows("000001ffffffffff");
    }

    private CommandResult Status(string field, params string[] options) => _docker.Run(options, "grep", $"^{field}:", "/proc/self/status").Ok();

    private Dictionary<string, string> Capabilities(params string[] options) =>
        _docker.Run(options, "grep", "^Cap", "/proc/self/status").Ok().Lines.Select(line => line.Split(":\t")).ToDictionary(pair => pair[0], pair => pair[1]);

    private string Profile(string name, string action, params string[] calls)
    {
        var path = _docker.Scratch.File("profiles", name);
        var names = string.Join(',', calls.Select(call => $"\"{call}\""));
        File.WriteAllText(path, $$"""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[{{names}}],"action":"{{action}}"}]}""");
        return path;
    }
}
