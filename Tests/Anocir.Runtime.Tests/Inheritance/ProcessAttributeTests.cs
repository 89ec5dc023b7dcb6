namespace Anocir.Runtime.Tests.Inheritance;

/// <summary>Everything else a process inherits: environment, signals, umask, session, scores, owners of what it was given.</summary>
public sealed class ProcessAttributeTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Environment_is_the_configured_one_and_home()
    {
        using var container = runtime.Container(c => c.Args("/bin/cat", "/proc/self/environ").Set("process.env", """["PATH=/bin","B=2","A=1","B=3","E="]"""));
        container.Prepare("run", new Caller(Environment: new Dictionary<string, string?> { ["HOST_SECRET"] = "x", ["HOME"] = "/of/host", ["RUNC_X"] = "1" })).Run().Ok();
        Assert.Equal(["A=1", "B=3", "E=", "HOME=/root", "PATH=/bin"], container.Output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [SkippableTheory]
    [InlineData("1000", "/home/alice")]
    [InlineData("4321", "/")]
    public void Home_is_that_of_the_user(string uid, string home)
    {
        using var container = runtime.Container(c => c.Script("echo $HOME").Set("process.user.uid", uid));
        container.Run().Ok();
        Assert.Equal(home + "\n", container.Output);
    }

    [SkippableTheory]
    [InlineData("create")]
    [InlineData("run")]
    public void Signals_are_at_their_defaults_whatever_the_caller_ignores_or_blocks(string verb)
    {
        runtime.RequireAnocir("runc hands ignored and blocked signals on");
        using var container = runtime.Container(c => c.Args("/bin/grep", "-E", "Sig(Blk|Ign)|Seccomp:", "/proc/self/status"));
        var caller = new Caller(Wrapper: "/usr/bin/env --ignore-signal=HUP --ignore-signal=USR1 --ignore-signal=PIPE --block-signal=USR2 --block-signal=TERM");
        container.Prepare(verb, caller).Run().Ok();
        if (verb == "create") container.Start().Ok();
        container.WaitForOutput("Seccomp:");
        Assert.StartsWith("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", container.Output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(null, "0022")]
    [InlineData("63", "0077")]
    [InlineData("0", "0000")]
    public void Umask_is_the_configured_one_else_022(string? configured, string expected)
    {
        using var container = runtime.Container(c => c.Script("umask").Set("process.user.umask", configured));
        container.Prepare("run", new Caller(Before: "umask 0117;")).Run().Ok();
        Assert.Equal(expected + "\n", container.Output);
    }

    [SkippableFact]
    public void Init_leads_a_session_of_its_own()
    {
        using var container = runtime.Container(c => c.Script("set -- $(cat /proc/$$/stat); echo $1 $5 $6 $7 $8"));
        container.Run().Ok();
        Assert.Equal("1 1 1 0 -1\n", container.Output);
    }

    [SkippableTheory]
    [InlineData(null, "321")]
    [InlineData("500", "500")]
    [InlineData("0", "0")]
    public void Oom_score_is_touched_only_when_configured(string? configured, string expected)
    {
        // A score below the one inherited needs CAP_SYS_RESOURCE, so the caller is given less where it is configured.
        var inherited = configured is null ? 321 : 0;
        using var container = runtime.Container(c => c.Script("cat /proc/self/oom_score_adj").Set("process.oomScoreAdj", configured));
        container.Prepare("run", new Caller(Before: $"echo {inherited} >/proc/self/oom_score_adj;")).Run().Ok();
        Assert.Equal(expected + "\n", container.Output);
    }

    [SkippableTheory]
    [InlineData("/", "/")]
    [InlineData("/made/by/runtime", "/made/by/runtime")]
    [InlineData("/bin/..", "/")]
    public void Working_directory_is_the_configured_one_and_is_made(string cwd, string expected)
    {
        using var container = runtime.Container(c => c.Script("pwd; readlink /proc/$$/cwd").Set("process.cwd", $"\"{cwd}\""));
        container.Prepare("run", new Caller(Directory: "/usr")).Run().Ok();
        Assert.EndsWith(expected + "\n", container.Output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("create")]
    [InlineData("run")]
    public void Null_device_of_the_host_keeps_its_owner_and_mode(string verb)
    {
        runtime.RequireAnocir("runc 1.1 gives /dev/null to the container's user");
        const string Stat = "/usr/bin/stat";
        string[] question = ["-c", "%u:%g %a %t:%T", "/dev/null"];
        var before = Command.Run(Stat, question).Ok().Text;
        using var container = runtime.Container(c => c.Script("echo x >/dev/null; id -u >/proc/1/fd/1").Set("process.user.uid", "1000").Set("process.user.gid", "1000"));
        container.Prepare(verb, new Caller(Redirections: "</dev/null >/dev/null 2>/dev/null")).Run().Ok();
        if (verb == "create") container.Start().Ok();
        Assert.Equal(before, Command.Run(Stat, question).Ok().Text);
        Assert.Equal("0:0 666 1:3", before);
    }

    [SkippableFact]
    public void Output_files_can_be_reopened_by_the_containers_user()
    {
        using var container = runtime.Container(c => c.Script("echo again >>/proc/self/fd/1").Set("process.user.uid", "1000").Set("process.user.gid", "1000"));
        container.Run().Ok();
        Assert.Equal("again\n", container.Output);
    }

    [SkippableFact]
    public void Resource_limits_that_are_not_configured_are_the_callers()
    {
        runtime.RequireAnocir("Go raises the soft limit of open files of runc 1.1");
        using var container = runtime.Container(c => c.Script("ulimit -Sn; ulimit -Hn; ulimit -Sc")
            .Set("process.rlimits", """[{"type":"RLIMIT_CORE","soft":7168,"hard":8192}]"""));
        container.Prepare("run", new Caller(Before: "ulimit -Sn 345; ulimit -Hn 678;")).Run().Ok();
        Assert.StartsWith("345\n678\n", container.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Exit_of_create_leaves_init_to_the_caller()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        // A shell that is a subreaper would be its parent; without one it is process 1. Never the supervisor.
        container.Create().Ok();
        Assert.NotEqual(Processes.FromFile(Path.Combine(runtime.RuntimeDirectory, "supervisor.pid")), Processes.Parent(container.Pid));
    }
}
