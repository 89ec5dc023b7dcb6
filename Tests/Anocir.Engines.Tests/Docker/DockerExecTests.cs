using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>docker exec, pause and update, and the health check that is made of exec.</summary>
[Collection(DockerCollection.Name)]
[Trait("Needs", "exec")]
public sealed class DockerExecTests(DockerDaemon daemon)
{
    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableFact]
    public void Exec_keeps_its_streams_and_exit_code()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _docker.Start([], "sleep", "1000");
        var result = container.Exec([], "sh", "-c", "echo o; echo e >&2; exit 17").Exits(17).Prints("o");
        Assert.Equal("e", result.Error.Trim());
    }

    [SkippableFact]
    public void Exec_with_piped_input_reads_it()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _docker.Start([], "sleep", "1000");
        _docker.Feed("piped", "exec", "-i", container.Name, "cat").Ok().Prints("piped");
    }

    [SkippableFact]
    public void Exec_takes_user_directory_and_environment()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _docker.Start(["-e", "BASE=b"], "sleep", "1000");
        container.Exec(["-u", "alice", "-w", "/tmp", "-e", "MORE=m"], "sh", "-c", "id -un; pwd; echo $BASE$MORE").Ok().Prints("alice\n/tmp\nbm");
    }

    [SkippableFact]
    public void Exec_on_a_terminal_has_one()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _docker.Start([], "sleep", "1000");
        _docker.OnTerminal("", "exec", "-t", container.Name, "sh", "-c", "tty; exit 4").Exits(4).Shows("/dev/pts/0");
    }

    [SkippableFact]
    public void Exec_in_the_background_goes_on_alone()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _docker.Start([], "sleep", "1000");
        container.Exec(["-d"], "sh", "-c", "echo done > /tmp/mark").Ok();
        Until.True(() => container.Exec([], "cat", "/tmp/mark").ExitCode == 0, "the process in the background writes its mark");
    }

    [SkippableFact]
    public void Exec_is_in_the_containers_namespaces_group_and_limits()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _docker.Start(["--cap-drop", "CHOWN", "-m", "64m"], "sleep", "1000");
        var inside = container.Exec([], "sh", "-c", "for n in mnt pid uts ipc net; do readlink /proc/self/ns/$n; done; grep -E '^(CapEff|Seccomp):' /proc/self/status; cat /proc/self/cgroup").Ok();
        Assert.Equal(new[] { "mnt", "pid", "uts", "ipc", "net" }.Select(kind => Processes.Namespace(container.Pid, kind)), inside.Lines.Take(5));
        Assert.Contains("CapEff:\t00000000a80425fa", inside.Lines);
        Assert.Contains("Seccomp:\t2", inside.Lines);
        inside.Shows(container.Id);
    }

    [SkippableFact]
    public void Exec_of_a_missing_program_fails_with_the_usual_words()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _docker.Start([], "sleep", "1000");
        // Docker 20.10 answers 126 here, later ones 127: the text is the runtime's, on standard output.
        var result = container.Exec([], "no-such-program").Exits(126, 127);
        Assert.Contains("executable file not found in $PATH", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Exec_survives_many_rounds()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _docker.Start([], "sleep", "1000");
        for (var round = 0; round < 10; round++)
            container.Exec([], "echo", $"{round}").Ok().Prints($"{round}");
    }

    [SkippableFact]
    public void Process_of_an_exec_dies_with_the_container()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _docker.Start([], "sleep", "1000");
        container.Exec(["-d"], "sleep", "2000").Ok();
        Until.True(() => Cgroups.Read(container.Pid, "pids", "pids.current", "pids.current") == "2", "the exec'd process runs");
        container.Call("kill").Ok();
        container.Wait();
        _docker.AssertNothingLeftOf(container.Id);
    }

    [SkippableFact]
    public void Paused_container_stands_still_until_it_is_resumed()
    {
        using var container = _docker.StartSh([], "while :; do echo x; usleep 5000; done");
        container.WaitForLog("x\nx");
        container.Call("pause").Ok();
        Assert.Equal("paused", container.Status);
        Assert.Contains(Cgroups.Read(container.Pid, "freezer", "freezer.state", "cgroup.events"), new[] { "FROZEN", "populated 1\nfrozen 1" });
        container.Call("unpause").Ok();
        Assert.Equal("running", container.Status);
        var before = container.Logs().Lines.Count;
        Until.True(() => container.Logs().Lines.Count > before, "the container goes on");
    }

    [SkippableFact]
    public void Paused_container_can_be_removed_by_force()
    {
        using var container = _docker.Start([], "sleep", "1000");
        var id = container.Id;
        container.Call("pause").Ok();
        container.Remove();
        _docker.AssertNothingLeftOf(id);
    }

    [SkippableFact]
    public void Update_changes_the_group_and_leaves_what_it_does_not_name()
    {
        RuntimeUnderTest.Require("update");
        using var container = _docker.Start(["-m", "64m", "--memory-swap", "64m", "--pids-limit", "30"], "sleep", "1000");
        container.Call("update", "-m", "96m", "--memory-swap", "96m", "--cpus", "0.25").Ok();
        Assert.Equal("100663296", Cgroups.Read(container.Pid, "memory", "memory.limit_in_bytes", "memory.max"));
        Assert.StartsWith("25000", Cgroups.Read(container.Pid, "cpu", "cpu.cfs_quota_us", "cpu.max"), StringComparison.Ordinal);
        Assert.Equal("30", Cgroups.Read(container.Pid, "pids", "pids.max", "pids.max"));
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Health_check_turns_healthy_and_unhealthy()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _docker.Start(["--health-cmd", "test ! -e /sick", "--health-interval", "100ms", "--health-retries", "1"], "sleep", "1000");
        Until.True(() => container.Inspect("{{.State.Health.Status}}") == "healthy", "the container is healthy");
        container.Exec([], "touch", "/sick").Ok();
        Until.True(() => container.Inspect("{{.State.Health.Status}}") == "unhealthy", "the container is unhealthy");
    }
}
