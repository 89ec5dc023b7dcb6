using System.Globalization;
using System.Text.Json;
using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Containerd;

/// <summary>The life of a task in the background: list, signals, exit status, metrics, deletion.</summary>
[Collection(ContainerdCollection.Name)]
public sealed class ContainerdTaskTests(ContainerdDaemon daemon)
{
    private readonly ContainerdDaemon _containerd = daemon.Ready();

    [SkippableFact]
    public void Detached_task_runs_and_logs()
    {
        using var task = _containerd.StartSh([], "echo ready; exec sleep 1000");
        task.WaitForLog("ready");
        Assert.Equal("RUNNING", task.Status);
        Assert.Equal("sleep\u00001000\u0000", File.ReadAllText($"/proc/{task.Pid}/cmdline"));
    }

    [SkippableFact]
    public void Exit_status_is_kept_until_deletion()
    {
        using var task = _containerd.StartSh([], "exit 21");
        Assert.Equal(21, task.Finish());
    }

    [SkippableFact]
    public void TERM_is_handled_by_the_program()
    {
        using var task = _containerd.StartSh([], "trap 'exit 5' TERM; echo ready; while :; do usleep 20000; done");
        task.WaitForLog("ready");
        task.Task("kill").Ok();
        Assert.Equal(5, task.Finish());
    }

    [SkippableTheory]
    [InlineData("SIGUSR1")]
    [InlineData("SIGHUP")]
    public void Signal_is_delivered(string signal)
    {
        using var task = _containerd.StartSh([], $"trap 'echo got-it' {signal[3..]}; echo ready; while :; do usleep 20000; done");
        task.WaitForLog("ready");
        task.Task("kill", "-s", signal).Ok();
        task.WaitForLog("got-it");
        Assert.Equal("RUNNING", task.Status);
    }

    [SkippableFact]
    public void KILL_ends_the_task_with_137()
    {
        using var task = _containerd.StartSh([], "trap '' TERM; echo ready; while :; do usleep 20000; done");
        task.WaitForLog("ready");
        task.Task("kill", "-s", "SIGKILL").Ok();
        Assert.Equal(137, task.Finish());
    }

    [SkippableFact]
    public void KILL_of_all_ends_every_process()
    {
        using var task = _containerd.StartSh([], "sleep 1000 & sleep 1001 & echo ready; wait");
        task.WaitForLog("ready");
        task.Task("kill", "-a", "-s", "SIGKILL").Ok();
        Assert.Equal(137, task.Finish());
        task.Remove();
        _containerd.AssertNothingLeftOf(task.Name);
    }

    [SkippableFact]
    public void Running_task_is_deleted_by_force_only()
    {
        using var task = _containerd.StartSh([], "sleep 1000 & echo ready; wait");
        task.WaitForLog("ready");
        var pid = task.Pid;
        task.Task("delete").Complains("must be stopped");
        Assert.True(Processes.Alive(pid));
        task.Task("delete", "-f").Ok();
        Assert.False(Processes.Alive(pid));
        task.Remove();
        _containerd.AssertNothingLeftOf(task.Name);
    }

    [SkippableFact]
    public void Removed_container_is_in_no_list()
    {
        using var task = _containerd.StartSh([], "exit 0");
        Assert.Equal(0, task.Finish());
        task.Remove();
        _containerd.Ctr("containers", "ls", "-q").Ok().Hides(task.Name);
        _containerd.Ctr("task", "ls", "-q").Ok().Hides(task.Name);
        _containerd.AssertNothingLeftOf(task.Name);
    }

    [SkippableFact]
    [Trait("Needs", "ps")]
    public void Processes_are_those_of_the_container()
    {
        using var task = _containerd.StartSh([], "sleep 1000 & sleep 1001 & echo ready; wait");
        task.WaitForLog("ready");
        var pids = task.Task("ps").Ok().Lines.Skip(1).Select(line => line.Split(' ')[0]).ToArray();
        Assert.Equal(3, pids.Length);
        Assert.Contains(task.Pid.ToString(CultureInfo.InvariantCulture), pids);
    }

    [SkippableFact]
    public void Metrics_count_memory_and_processes()
    {
        using var task = _containerd.StartSh(["--memory-limit", "67108864"], "sleep 1000 & echo ready; wait");
        task.WaitForLog("ready");
        using var metrics = JsonDocument.Parse(task.Task("metrics", "--format", "json").Ok().Output);
        Assert.Equal(2, metrics.RootElement.GetProperty("pids").GetProperty("current").GetInt32());
        var memory = metrics.RootElement.GetProperty("memory");
        Assert.Equal(67108864, Cgroups.IsUnified("memory")
            ? memory.GetProperty("usage_limit").GetInt64()
            : memory.GetProperty("usage").GetProperty("limit").GetInt64());
    }

    [SkippableFact]
    [Trait("Needs", "exec")]
    public void Exec_keeps_its_output_and_exit_code()
    {
        RuntimeUnderTest.Require("exec");
        using var task = _containerd.StartSh([], "exec sleep 1000");
        _containerd.Ctr("task", "exec", "--exec-id", "e1", task.Name, "sh", "-c", "echo inside; exit 6").Exits(6).Prints("inside");
    }

    [SkippableFact]
    [Trait("Needs", "exec")]
    public void Paused_task_stands_still_until_it_is_resumed()
    {
        using var task = _containerd.StartSh([], "while :; do echo x; usleep 5000; done");
        task.WaitForLog("x\nx");
        task.Task("pause").Ok();
        Assert.Equal("PAUSED", task.Status);
        var still = task.Log.Length;
        task.Task("resume").Ok();
        Assert.Equal("RUNNING", task.Status);
        Until.True(() => task.Log.Length > still, "the task goes on");
    }

    [SkippableFact]
    public void Name_can_be_used_again_after_removal()
    {
        var name = _containerd.NewName();
        foreach (var round in new[] { "one", "two", "three" })
            _containerd.Ctr(["run", "--rm", .. ContainerdDaemon.WithRuntime, ContainerdDaemon.Image, name, "echo", round]).Ok().Prints(round);
    }
}
