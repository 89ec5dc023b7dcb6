using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Podman;

/// <summary>The life of a Podman container in the background, watched by conmon; and podman build.</summary>
[Collection(PodmanCollection.Name)]
public sealed class PodmanLifecycleTests(PodmanEngine engine)
{
    private readonly PodmanEngine _podman = engine.Ready();

    [SkippableFact]
    public void Detached_container_is_a_child_of_its_monitor()
    {
        using var container = _podman.Start([], "sleep", "1000");
        Assert.Equal("running", container.Status);
        Assert.Equal("sleep\u00001000\u0000", File.ReadAllText($"/proc/{container.Pid}/cmdline"));
        Assert.Contains("conmon", File.ReadAllText($"/proc/{Processes.Parent(container.Pid)}/cmdline"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Monitor_and_container_are_in_the_groups_that_podman_chose()
    {
        using var container = _podman.Start([], "sleep", "1000");
        Assert.EndsWith($"{_podman.CgroupParent}/libpod-{container.Id}", Cgroups.Of(container.Pid, "pids"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Logs_hold_both_streams()
    {
        using var container = _podman.StartSh([], "echo one; echo two >&2; echo three; exit 4");
        Assert.Equal(4, container.Wait());
        var logs = container.Logs();
        Assert.Equal(["one", "three"], logs.Lines);
        Assert.Equal("two", logs.Error.Trim());
        Assert.Equal(4, container.ExitCode);
    }

    [SkippableFact]
    public void Created_container_runs_only_when_started()
    {
        using var container = _podman.Create([], "sh", "-c", "echo started; exit 4");
        Assert.Equal("created", container.Status);
        container.Call("start", "-a").Exits(4).Prints("started");
    }

    [SkippableFact]
    public void Update_changes_the_group_and_leaves_what_it_does_not_name()
    {
        RuntimeUnderTest.Require("update");
        Skip.IfNot(_podman.Call("update", "--help").ExitCode == 0, "podman has no update before 4.3");
        using var container = _podman.Start(["-m", "64m", "--memory-swap", "64m", "--pids-limit", "30"], "sleep", "1000");
        container.Call("update", "-m", "96m", "--memory-swap", "96m", "--cpus", "0.25").Ok();
        Assert.Equal("100663296", Cgroups.Read(container.Pid, "memory", "memory.limit_in_bytes", "memory.max"));
        Assert.StartsWith("25000", Cgroups.Read(container.Pid, "cpu", "cpu.cfs_quota_us", "cpu.max"), StringComparison.Ordinal);
        Assert.Equal("30", Cgroups.Read(container.Pid, "pids", "pids.max", "pids.max"));
        container.Call("update", "--cpuset-cpus", "0").Ok();
        Assert.Equal("0", Cgroups.Read(container.Pid, "cpuset", "cpuset.cpus", "cpuset.cpus"));
        container.Call("update", "--cpuset-cpus", "4000").Exits(1, 125, 126, 127);
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Stop_of_a_program_that_handles_TERM_takes_its_exit_code()
    {
        using var container = _podman.StartSh([], "trap 'exit 7' TERM; echo ready; while :; do usleep 20000; done");
        container.WaitForLog("ready");
        container.Call("stop", "-t", "20").Ok();
        Assert.Equal(7, container.ExitCode);
    }

    [SkippableFact]
    public void Stop_of_a_program_that_ignores_TERM_kills_it()
    {
        using var container = _podman.StartSh([], "trap '' TERM; echo ready; while :; do usleep 20000; done");
        container.WaitForLog("ready");
        var pid = container.Pid;
        container.Call("stop", "-t", "1").Ok();
        Assert.Equal(137, container.ExitCode);
        Assert.False(Processes.Alive(pid));
    }

    [SkippableFact]
    public void Kill_delivers_signals_and_KILL_ends()
    {
        using var container = _podman.StartSh([], "for s in HUP USR1; do trap \"echo got-$s\" $s; done; echo ready; while :; do usleep 20000; done");
        container.WaitForLog("ready");
        container.Call("kill", "-s", "HUP").Ok();
        container.WaitForLog("got-HUP");
        container.Call("kill", "-s", "10").Ok();
        container.WaitForLog("got-USR1");
        container.Call("kill", "-s", "KILL").Ok();
        Assert.Equal(137, container.Wait());
    }

    [SkippableFact]
    public void Restart_runs_the_program_anew_in_the_same_file_system()
    {
        using var container = _podman.StartSh([], "echo x >> /count; wc -l < /count; exec sleep 1000");
        container.WaitForLog("1");
        var first = container.Pid;
        container.Call("restart", "-t", "0").Ok();
        container.WaitForLog("2");
        Assert.NotEqual(first, container.Pid);
        Assert.False(Processes.Alive(first));
    }

    [SkippableFact]
    public void Policy_on_failure_restarts_as_often_as_it_says()
    {
        using var container = _podman.StartSh(["--restart", "on-failure:2"], "echo run; exit 3");
        Until.True(() => container.Restarts == 2 && container.Status == "exited", "both restarts are over", explain: () => container.Inspect("{{json .State}}"));
        Assert.Equal(["run", "run", "run"], container.Logs().Lines);
    }

    [SkippableFact]
    public void Removal_by_force_ends_a_running_container_and_leaves_nothing()
    {
        using var container = _podman.StartSh(["-m", "64m"], "sleep 1000 & exec sleep 1001");
        var (id, pid) = (container.Id, container.Pid);
        Assert.NotEmpty(Cgroups.Under(_podman.CgroupParent, id));
        container.Remove();
        Assert.False(Processes.Alive(pid));
        _podman.AssertNothingLeftOf(id);
        // Podman keeps its storage bound on itself as it sees fit; of the container, the layers and the shared memory are mounts.
        Assert.DoesNotContain(Scratch.MountsUnder(_podman.Scratch.Directory),
            point => point.Contains(id, StringComparison.Ordinal) || point.EndsWith("/merged", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Memory_beyond_the_limit_ends_the_program()
    {
        var gate = _podman.NewName();
        using var container = _podman.StartSh(["-m", "16m", "--memory-swap", "16m", .. _podman.Gate(gate)], $"{ContainerEngine.WaitAtGate}; exec tail /dev/zero");
        _podman.OpenGate(gate);
        Assert.Equal(137, container.Wait());
        Assert.Equal(137, container.ExitCode);
        // conmon 2.1.6 takes no notice of the OOM killer in version 1 (with runc neither), so that State.OOMKilled says nothing there.
        if (Cgroups.IsUnified("memory"))
            Assert.Equal("true", container.Inspect("{{.State.OOMKilled}}"));
    }

    [SkippableFact]
    public void Several_containers_run_at_the_same_time()
    {
        var results = new CommandResult[5];
        var threads = Enumerable.Range(0, results.Length)
            .Select(number => new Thread(() => results[number] = _podman.Sh([], $"echo out-{number}; exit {number}"))).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            Assert.True(thread.Join(TimeSpan.FromSeconds(100)));
        for (var number = 0; number < results.Length; number++)
            results[number].Exits(number).Prints($"out-{number}");
    }

    [SkippableFact]
    public void Pid_namespace_of_another_container_is_joined()
    {
        using var other = _podman.Start([], "sleep", "4711");
        _podman.Run(["--pid", $"container:{other.Name}"], "ps").Ok().Shows("sleep 4711");
    }

    [SkippableFact]
    [Trait("Needs", "exec")]
    public void Exec_keeps_its_streams_and_exit_code()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _podman.Start([], "sleep", "1000");
        container.Exec(["-u", "alice", "-w", "/tmp", "-e", "MORE=m"], "sh", "-c", "id -un; pwd; echo $MORE; exit 17").Exits(17).Prints("alice\n/tmp\nm");
        _podman.OnTerminal("", "exec", "-t", container.Name, "tty").Ok().Shows("/dev/pts/0");
    }

    [SkippableFact]
    [Trait("Needs", "exec")]
    public void Exec_of_a_missing_program_fails_with_127()
    {
        RuntimeUnderTest.Require("exec");
        using var container = _podman.Start([], "sleep", "1000");
        container.Exec([], "no-such-program").Exits(127).Complains("not found in $PATH");
    }

    [SkippableFact]
    [Trait("Needs", "exec")]
    public void Paused_container_goes_on_when_it_is_resumed()
    {
        using var container = _podman.Start([], "sleep", "1000");
        container.Call("pause").Ok();
        Assert.Equal("paused", container.Status);
        Assert.Contains(Cgroups.Read(container.Pid, "freezer", "freezer.state", "cgroup.events"), new[] { "FROZEN", "populated 1\nfrozen 1" });
        container.Call("unpause").Ok();
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    [Trait("Needs", "ps")]
    public void Top_lists_every_process_of_the_container()
    {
        using var container = _podman.StartSh([], "sleep 1000 & echo ready; wait");
        container.WaitForLog("ready");
        _podman.Call("top", container.Name, "pid", "args").Ok().Shows("sleep 1000");
    }

    [SkippableFact]
    public void Health_is_absent_without_a_check()
    {
        using var container = _podman.Start([], "sleep", "1000");
        Assert.Equal("", container.Inspect("{{.State.Health.Status}}"));
        Assert.Equal("false", container.Inspect("{{.State.OOMKilled}}"));
    }
}
