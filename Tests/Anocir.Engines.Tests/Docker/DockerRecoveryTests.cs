using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>What happens without a person: restart policies, the OOM killer, and dockerd or a shim that dies.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerRecoveryTests(DockerDaemon daemon)
{
    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableFact]
    public void Policy_on_failure_restarts_as_often_as_it_says()
    {
        using var container = _docker.StartSh(["--restart", "on-failure:2"], "echo run; exit 3");
        container.WaitForStatus("exited");
        Assert.Equal(2, container.Restarts);
        Assert.Equal(3, container.ExitCode);
        Assert.Equal(["run", "run", "run"], container.Logs().Lines);
    }

    [SkippableFact]
    public void Policy_on_failure_leaves_success_alone()
    {
        using var container = _docker.StartSh(["--restart", "on-failure:2"], "exit 0");
        container.WaitForStatus("exited");
        Assert.Equal(0, container.Restarts);
    }

    [SkippableFact]
    public void Policy_always_replaces_an_init_that_was_killed()
    {
        using var container = _docker.Start(["--restart", "always"], "sleep", "1000");
        var first = container.Pid;
        Processes.Signal(first, "KILL");
        Until.True(() => container.Restarts >= 1 && container.Pid is var pid && pid != 0 && pid != first && Processes.Alive(pid),
            "the container runs again", explain: () => container.Inspect("{{json .State}}"));
        container.Call("stop", "-t", "0").Ok();
        Assert.Equal("exited", container.Status);
    }

    [SkippableFact]
    public void Memory_beyond_the_limit_is_an_OOM_kill()
    {
        var gate = _docker.NewName();
        using var container = _docker.StartSh(["-m", "16m", "--memory-swap", "16m", .. _docker.Gate(gate)], $"{ContainerEngine.WaitAtGate}; exec tail /dev/zero");
        _docker.OpenGate(gate);
        Assert.Equal(137, container.Wait());
        Assert.Equal("true", container.Inspect("{{.State.OOMKilled}}"));
    }

    [SkippableFact]
    public void End_by_KILL_alone_is_no_OOM_kill()
    {
        using var container = _docker.Start(["-m", "16m"], "sleep", "1000");
        container.Call("kill").Ok();
        Assert.Equal(137, container.Wait());
        Assert.Equal("false", container.Inspect("{{.State.OOMKilled}}"));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Container_goes_on_without_dockerd_and_is_controlled_by_the_next(bool crash)
    {
        using var container = _docker.StartSh([], "trap 'exit 5' TERM; trap 'echo still-here' USR1; echo ready; while :; do usleep 20000; done");
        container.WaitForLog("ready");
        var pid = container.Pid;

        Down(crash);
        Assert.True(Processes.Alive(pid));
        _docker.Boot();

        Assert.Equal("running", container.Status);
        Assert.Equal(pid, container.Pid);
        container.Call("kill", "-s", "USR1").Ok();
        container.WaitForLog("still-here");
        container.Call("stop", "-t", "20").Ok();
        Assert.Equal(5, container.ExitCode);
        var id = container.Id;
        container.Remove();
        _docker.AssertNothingLeftOf(id);
    }

    [SkippableFact]
    public void End_of_a_container_while_dockerd_was_down_is_seen_by_the_next()
    {
        var gate = _docker.NewName();
        using var container = _docker.StartSh(_docker.Gate(gate), $"echo ready; {ContainerEngine.WaitAtGate}; exit 9");
        container.WaitForLog("ready");
        var pid = container.Pid;

        Down(crash: true);
        _docker.OpenGate(gate);
        Until.True(() => !Processes.Alive(pid), "the container ends");
        _docker.Boot();

        container.WaitForStatus("exited");
        Assert.Equal(9, container.ExitCode);
    }

    [SkippableFact]
    public void New_containers_run_after_dockerd_was_replaced()
    {
        Down(crash: true);
        _docker.Boot();
        _docker.Run([], "echo", "anew").Ok().Prints("anew");
    }

    [SkippableFact]
    public void Killed_shim_takes_its_container_along()
    {
        using var container = _docker.StartSh([], "sleep 1000 & echo ready; wait");
        container.WaitForLog("ready");
        var pid = container.Pid;
        _docker.RememberShims();

        Processes.Signal(Processes.Parent(pid), "KILL");

        container.WaitForStatus("exited");
        Assert.False(Processes.Alive(pid));
        _docker.AssertNothingLeftOf(container.Id);
    }

    [SkippableFact]
    public void Killed_supervisor_ends_no_container_and_the_next_controls_it()
    {
        using var container = _docker.StartSh([], "trap 'exit 5' TERM; echo ready; while :; do usleep 20000; done");
        container.WaitForLog("ready");
        var supervisor = SupervisorUnderTest.Pid(_docker.RuntimeDirectory);
        Skip.If(supervisor is null, "the runtime under test has no supervisor in its directory");
        var pid = container.Pid;

        Processes.Signal(supervisor!.Value, "KILL");
        Until.True(() => !Processes.Alive(supervisor.Value), "the supervisor ends");

        _docker.Run([], "echo", "anew").Ok().Prints("anew");
        Assert.NotEqual(supervisor, SupervisorUnderTest.Pid(_docker.RuntimeDirectory));
        Assert.True(Processes.Alive(pid));
        container.Call("stop", "-t", "20").Ok();
        Assert.Equal(5, container.ExitCode);
    }

    private void Down(bool crash)
    {
        if (crash)
            _docker.Crash();
        else
            _docker.ShutDown();
    }
}
