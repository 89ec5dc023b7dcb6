namespace Anocir.Runtime.Tests.Exec;

/// <summary>Who the process of an exec is, by flags: user, groups, capabilities, environment, directory, limits, filter.</summary>
public sealed class ExecAttributeTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string CapabilitiesSeen = "grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status | cut -f2 | tr '\\n' ' '";

    // CAP_CHOWN 0, CAP_DAC_OVERRIDE 1, CAP_KILL 5, CAP_MKNOD 27: the plain bundle's.
    private const string Plain = "0000000008000023";

    [SkippableTheory]
    [InlineData("1000", "1000 0")]
    [InlineData("1000:1000", "1000 1000")]
    [InlineData("0:5", "0 5")]
    [InlineData("4321:8765", "4321 8765")]
    public void User_is_numbers(string user, string expected)
    {
        using var container = runtime.Running();
        container.ExecScript("echo $(id -u) $(id -g)", "--user", user).Ok().Prints(expected);
    }

    [SkippableFact]
    public void Without_flags_the_process_is_the_containers_user()
    {
        using var container = runtime.Running(c => c.Set("process.user", """{"uid":1000,"gid":1000,"additionalGids":[7,8]}"""));
        container.ExecScript("grep -E '^(Uid|Gid|Groups)' /proc/self/status | tr '\\t' ' '").Ok()
            .Prints("Uid: 1000 1000 1000 1000\nGid: 1000 1000 1000 1000\nGroups: 7 8");
    }

    [SkippableFact]
    public void Additional_gids_are_added_to_the_containers()
    {
        using var container = runtime.Running(c => c.Set("process.user.additionalGids", "[7]"));
        container.ExecScript("grep ^Groups /proc/self/status", "-g", "100", "-g", "65534", "-u", "1000:1000").Ok().Prints("Groups:\t7 100 65534");
    }

    [SkippableFact]
    public void Capabilities_without_flags_are_the_containers()
    {
        using var container = runtime.Running();
        container.ExecScript(CapabilitiesSeen).Ok().Prints($"0000000000000000 {Plain} {Plain} {Plain} 0000000000000000");
    }

    [SkippableFact]
    public void Added_capability_is_bounding_effective_and_permitted()
    {
        // CAP_NET_RAW is 13.
        const string More = "0000000008002023";
        using var container = runtime.Running();
        container.ExecScript(CapabilitiesSeen, "--cap", "CAP_NET_RAW").Ok().Prints($"0000000000000000 {More} {More} {More} 0000000000000000");
    }

    [SkippableFact]
    public void Added_capability_is_ambient_only_where_some_are_inheritable()
    {
        using var container = runtime.Running(c => c.Set("process.capabilities.inheritable", """["CAP_CHOWN","CAP_NET_RAW"]"""));
        container.ExecScript(CapabilitiesSeen, "-c", "CAP_NET_RAW", "--user", "1000").Ok()
            .Prints("0000000000002001 0000000000002000 0000000000002000 0000000008002023 0000000000002000");
    }

    [SkippableFact]
    public void Capabilities_of_another_user_are_dropped_with_the_change()
    {
        using var container = runtime.Running();
        container.ExecScript(CapabilitiesSeen, "-u", "1000").Ok().Prints($"0000000000000000 0000000000000000 0000000000000000 {Plain} 0000000000000000");
    }

    [SkippableTheory]
    [InlineData(false, false, "0")]
    [InlineData(false, true, "1")]
    [InlineData(true, false, "1")]
    public void No_new_privileges_is_the_containers_or_the_flags(bool configured, bool flag, string expected)
    {
        using var container = runtime.Running(c => c.Set("process.noNewPrivileges", configured ? "true" : "false"));
        container.ExecScript("grep NoNewPrivs /proc/self/status | cut -f2", flag ? ["--no-new-privs"] : []).Ok().Prints(expected);
    }

    [SkippableFact]
    public void No_new_privileges_can_be_taken_back_by_name()
    {
        runtime.RequireAnocir("runc 1.1 reads the flag only when it is set");
        using var container = runtime.Running();
        container.ExecScript("grep NoNewPrivs /proc/self/status | cut -f2", "--no-new-privs=false").Ok().Prints("0");
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Seccomp_filter_of_the_container_is_in_force(bool noNewPrivileges)
    {
        using var container = runtime.Running(c => c.Set("process.noNewPrivileges", noNewPrivileges ? "true" : "false").Set("linux.seccomp", """
            { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95 }] }
            """));
        var result = container.ExecScript("mkdir /tmp/d; grep ^Seccomp: /proc/self/status").Ok();
        result.Prints("Seccomp:\t2").Complains("Operation not supported");
        Assert.False(Directory.Exists(container.Bundle.InRootfs("/tmp/d")));
    }

    [SkippableFact]
    public void Environment_is_the_containers_then_the_flags_and_the_last_of_a_name_wins()
    {
        using var container = runtime.Running(c => c.Set("process.env", """["PATH=/bin","A=1","B=1"]"""));
        var caller = new Caller(Environment: new Dictionary<string, string?> { ["HOST_SECRET"] = "x", ["HOME"] = "/of/host" });
        var result = container.PrepareExec(caller, ["--env", "B=2", "-e", "C=3", "-e", "C=4", "-e", "E="], "/bin/cat", "/proc/self/environ").Run().Ok();
        Assert.Equal(["A=1", "B=2", "C=4", "E=", "HOME=/root", "PATH=/bin"], result.Output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public void Path_of_the_flags_is_the_one_that_finds_the_program()
    {
        using var container = runtime.Running();
        Directory.CreateDirectory(container.Bundle.InRootfs("/opt"));
        File.WriteAllText(container.Bundle.InRootfs("/opt/mine"), "#!/bin/sh\necho mine\n");
        File.SetUnixFileMode(container.Bundle.InRootfs("/opt/mine"), (UnixFileMode)0x1ED);
        container.PrepareExec(new Caller(), ["-e", "PATH=/opt:/bin"], "mine").Run().Ok().Prints("mine");
        container.Exec("mine").Exits(255);
    }

    [SkippableTheory]
    [InlineData("1000", "/home/alice")]
    [InlineData("4321", "/")]
    public void Home_is_that_of_the_user(string uid, string home)
    {
        using var container = runtime.Running();
        container.ExecScript("echo $HOME", "-u", uid).Ok().Prints(home);
    }

    [SkippableTheory]
    [InlineData(null, "/usr")]
    [InlineData("/tmp", "/tmp")]
    [InlineData("/bin/..", "/")]
    public void Working_directory_is_the_flags_else_the_containers(string? cwd, string expected)
    {
        using var container = runtime.Running(c => c.Set("process.cwd", "\"/usr\""));
        container.ExecScript("readlink /proc/$$/cwd", cwd is null ? [] : ["--cwd", cwd]).Ok().Prints(expected);
    }

    [SkippableFact]
    public void Working_directory_that_is_missing_is_not_made()
    {
        using var container = runtime.Running();
        container.PrepareExec(new Caller(), ["--cwd", "/made/by/exec"], "true").Run().Exits(255).Complains("chdir to cwd (").Complains("/made/by/exec");
        Assert.False(Directory.Exists(container.Bundle.InRootfs("/made")));
    }

    [SkippableFact]
    public void Working_directory_that_only_the_user_may_enter_is_entered_as_the_user()
    {
        using var container = runtime.Running(c => c.Set("process.capabilities", "{}"));
        var home = container.Bundle.InRootfs("/home/private");
        Directory.CreateDirectory(home, (UnixFileMode)0x1C0);
        Command.Run("/bin/chown", "1000:1000", home).Ok();
        container.ExecScript("pwd", "-u", "1000:1000", "--cwd", "/home/private").Ok().Prints("/home/private");
    }

    [SkippableFact]
    public void Umask_limits_and_score_are_the_containers()
    {
        using var container = runtime.Running(c => c.Set("process.user.umask", "63").Set("process.oomScoreAdj", "500")
            .Set("process.rlimits", """[{"type":"RLIMIT_NOFILE","soft":123,"hard":456},{"type":"RLIMIT_CORE","soft":7168,"hard":8192}]"""));
        container.PrepareExec(new Caller(Before: "umask 0117;"), [], "/bin/sh", "-c", "umask; ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj; grep 'core file' /proc/self/limits").Run().Ok()
            .Shows("0077\n123\n456\n500\n").Shows("7168                 8192");
    }

    [SkippableFact]
    public void Process_leads_a_session_of_its_own_without_the_callers_terminal()
    {
        using var container = runtime.Running();
        container.ExecScript("set -- $(cat /proc/$$/stat); [ $1 = $5 ] && [ $1 = $6 ] && echo leader $7").Ok().Prints("leader 0");
    }

    [SkippableFact]
    public void Exec_cpu_affinity_is_applied()
    {
        runtime.RequireAnocir("runc 1.1 does not know the property");
        Skip.If(Environment.ProcessorCount < 2, "one processor has one mask");
        using var container = runtime.Running(c => c.Set("process.execCPUAffinity", """{"initial":"0","final":"1"}"""));
        container.ExecScript("grep Cpus_allowed_list /proc/self/status | cut -f2").Ok().Prints("1");
        Assert.NotEqual("1", Processes.Status(container.Pid, "Cpus_allowed_list"));
    }

    [SkippableFact]
    public void Null_device_of_the_host_keeps_its_owner()
    {
        runtime.RequireAnocir("runc 1.1 gives /dev/null to the container's user");
        using var container = runtime.Running();
        container.PrepareExec(new Caller(Redirections: "</dev/null >/dev/null 2>/dev/null"), ["-u", "1000"], "true").Run().Ok();
        Command.Run("/usr/bin/stat", "-c", "%u:%g %a", "/dev/null").Ok().Prints("0:0 666");
    }

    [SkippableFact]
    public void Edits_of_the_bundle_after_the_creation_do_not_count()
    {
        runtime.RequireAnocir("runc reads the bundle's file again");
        using var container = runtime.Running(c => c.Set("process.env", """["PATH=/bin","A=created"]"""));
        container.Bundle.Edit(c => c.Set("process.env", """["PATH=/bin","A=edited"]""").Set("process.noNewPrivileges", "false")).Save();
        container.ExecScript("echo $A; grep NoNewPrivs /proc/self/status | cut -f2").Ok().Prints("created\n1");
    }
}
