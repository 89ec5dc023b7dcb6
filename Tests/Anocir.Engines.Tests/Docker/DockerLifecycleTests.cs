using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>The life of a container in the background: start, stop, kill, restart, wait, removal.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerLifecycleTests(DockerDaemon daemon)
{
    private const string Forever = "while :; do usleep 20000; done";

    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableFact]
    public void Detached_container_runs_under_the_pid_that_inspect_names()
    {
        using var container = _docker.Start(["--hostname", "seen"], "sleep", "1000");
        Assert.Equal("running", container.Status);
        var pid = container.Pid;
        Assert.True(Processes.Alive(pid));
        Assert.Equal("sleep\u00001000\u0000", File.ReadAllText($"/proc/{pid}/cmdline"));
        Assert.Equal("1", Processes.Status(pid, "NSpid")!.Split('\t')[^1]);
        foreach (var kind in new[] { "mnt", "pid", "uts", "ipc", "net" })
            Assert.NotEqual(Processes.Namespace(Environment.ProcessId, kind), Processes.Namespace(pid, kind));
        Assert.Equal(Processes.Namespace(Environment.ProcessId, "user"), Processes.Namespace(pid, "user"));
    }

    [SkippableFact]
    public void Init_is_a_child_of_its_shim()
    {
        using var container = _docker.Start([], "sleep", "1000");
        var parent = File.ReadAllText($"/proc/{Processes.Parent(container.Pid)}/cmdline");
        Assert.Contains("containerd-shim", parent, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Logs_hold_both_streams()
    {
        using var container = _docker.StartSh([], "echo one; echo two >&2; echo three");
        container.Wait();
        var logs = container.Logs();
        Assert.Equal(["one", "three"], logs.Lines);
        Assert.Equal("two", logs.Error.Trim());
    }

    [SkippableFact]
    public void Created_container_runs_only_when_started()
    {
        using var container = _docker.Create([], "sh", "-c", "echo started; exit 4");
        Assert.Equal("created", container.Status);
        Assert.Equal(0, container.Pid);
        container.Call("start", "-a").Exits(4).Prints("started");
    }

    [SkippableFact]
    public void Wait_answers_the_exit_code_of_a_container_still_to_end()
    {
        var gate = _docker.NewName();
        using var container = _docker.StartSh(_docker.Gate(gate), $"{ContainerEngine.WaitAtGate}; exit 21");
        var waiting = Task.Run(container.Wait);
        _docker.OpenGate(gate);
        Assert.True(waiting.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal(21, waiting.Result);
        Assert.Equal("exited", container.Status);
    }

    [SkippableFact]
    public void Stop_of_a_program_that_handles_TERM_takes_its_exit_code()
    {
        using var container = _docker.StartSh([], $"trap 'echo bye; exit 7' TERM; echo ready; {Forever}");
        container.WaitForLog("ready");
        container.Call("stop", "-t", "20").Ok();
        Assert.Equal(7, container.ExitCode);
        container.Logs().Shows("bye");
    }

    [SkippableFact]
    public void Stop_of_a_program_that_ignores_TERM_kills_it()
    {
        using var container = _docker.StartSh([], $"trap '' TERM; echo ready; {Forever}");
        container.WaitForLog("ready");
        var pid = container.Pid;
        container.Call("stop", "-t", "1").Ok();
        Assert.Equal(137, container.ExitCode);
        Assert.False(Processes.Alive(pid));
    }

    [SkippableFact]
    public void Stop_signal_of_the_container_is_the_one_sent()
    {
        using var container = _docker.StartSh(["--stop-signal", "USR1"], $"trap 'exit 11' USR1; trap 'exit 15' TERM; echo ready; {Forever}");
        container.WaitForLog("ready");
        container.Call("stop", "-t", "20").Ok();
        Assert.Equal(11, container.ExitCode);
    }

    [SkippableFact]
    public void Kill_delivers_each_signal_by_name_and_by_number()
    {
        using var container = _docker.StartSh([],
            "for s in HUP INT QUIT USR1 USR2 WINCH CONT; do trap \"echo got-$s\" $s; done; echo ready; " + Forever);
        container.WaitForLog("ready");
        foreach (var (sent, name) in new[] { ("HUP", "HUP"), ("SIGINT", "INT"), ("3", "QUIT"), ("USR1", "USR1"), ("12", "USR2"), ("WINCH", "WINCH"), ("CONT", "CONT") })
        {
            container.Call("kill", "-s", sent).Ok();
            container.WaitForLog("got-" + name);
        }

        Assert.Equal("running", container.Status);
        container.Call("kill", "-s", "9").Ok();
        Assert.Equal(137, container.Wait());
    }

    [SkippableFact]
    public void Kill_of_a_stopped_container_is_refused()
    {
        using var container = _docker.Start([], "true");
        container.Wait();
        container.Call("kill").Exits(1).Complains("is not running");
    }

    [SkippableFact]
    public void Init_killed_from_outside_ends_the_container_and_all_its_processes()
    {
        using var container = _docker.StartSh([], "sleep 1000 & sleep 1001 & echo ready; wait");
        container.WaitForLog("ready");
        Processes.Signal(container.Pid, "KILL");
        Assert.Equal(137, container.Wait());
        _docker.AssertNothingLeftOf(container.Id);
    }

    [SkippableFact]
    public void Init_killed_in_the_hosts_pid_namespace_takes_its_children_along()
    {
        using var container = _docker.StartSh(["--pid", "host"], "sleep 1000 & sleep 1001 & echo ready; wait");
        container.WaitForLog("ready");
        Processes.Signal(container.Pid, "KILL");
        Assert.Equal(137, container.Wait());
        _docker.AssertNothingLeftOf(container.Id);
    }

    [SkippableFact]
    public void Restart_runs_the_program_anew_in_the_same_file_system()
    {
        using var container = _docker.StartSh([], "echo x >> /count; wc -l < /count; exec sleep 1000");
        container.WaitForLog("1");
        var first = container.Pid;
        container.Call("restart", "-t", "0").Ok();
        container.WaitForLog("2");
        Assert.NotEqual(first, container.Pid);
        Assert.False(Processes.Alive(first));
    }

    [SkippableFact]
    public void Start_after_stop_runs_again()
    {
        using var container = _docker.StartSh([], "echo run; exec sleep 1000");
        container.WaitForLog("run");
        container.Call("stop", "-t", "0").Ok();
        Assert.Equal("exited", container.Status);
        container.Call("start").Ok();
        container.WaitForLog("run\nrun");
        Assert.True(Processes.Alive(container.Pid));
    }

    [SkippableFact]
    public void Removal_by_force_ends_a_running_container_and_leaves_nothing()
    {
        var mounts = Scratch.MountsUnder(_docker.DataRoot).Count;
        using var container = _docker.StartSh(["-m", "64m", "--tmpfs", "/scratch"], "sleep 1000 & exec sleep 1001");
        var (id, pid) = (container.Id, container.Pid);
        Assert.NotEmpty(Cgroups.Under(_docker.CgroupParent, id));
        container.Remove();
        Assert.False(Processes.Alive(pid));
        _docker.AssertNothingLeftOf(id);
        Assert.Equal(mounts, Scratch.MountsUnder(_docker.DataRoot).Count);
        Assert.Empty(Directory.GetFileSystemEntries(_docker.ExecRoot, $"*{id}*", SearchOption.AllDirectories));
    }

    [SkippableFact]
    public void Ordinary_run_leaves_nothing()
    {
        var mounts = Scratch.MountsUnder(_docker.DataRoot).Count;
        using var container = _docker.Start([], "true");
        container.Wait();
        var id = container.Id;
        container.Call("rm").Ok();
        _docker.AssertNothingLeftOf(id);
        Assert.Equal(mounts, Scratch.MountsUnder(_docker.DataRoot).Count);
        Assert.Empty(Directory.GetFileSystemEntries(_docker.ExecRoot, $"*{id}*", SearchOption.AllDirectories));
    }

    [SkippableFact]
    public void Name_can_be_used_again_after_removal()
    {
        var name = _docker.NewName();
        foreach (var round in new[] { "one", "two", "three" })
            _docker.Run(["--name", name], "echo", round).Ok().Prints(round);
    }

    [SkippableFact]
    public void Twenty_containers_run_at_the_same_time()
    {
        using var done = new CountdownEvent(20);
        var results = new CommandResult[20];
        var threads = Enumerable.Range(0, 20).Select(number => new Thread(() =>
        {
            results[number] = _docker.Sh([], $"echo out-{number}; exit {number}");
            done.Signal();
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        Assert.True(done.Wait(TimeSpan.FromSeconds(100)));
        for (var number = 0; number < results.Length; number++)
            results[number].Exits(number).Prints($"out-{number}");
        Until.True(() => Cgroups.Under(_docker.CgroupParent).All(group => group.EndsWith(_docker.CgroupParent, StringComparison.Ordinal)),
            "no group of any of them is left", explain: () => string.Join('\n', Cgroups.Under(_docker.CgroupParent)));
    }

    [SkippableFact]
    public void Copy_goes_into_and_out_of_a_running_container()
    {
        using var container = _docker.Start([], "sleep", "1000");
        var (to, from) = (_docker.Scratch.File("cp", "to"), _docker.Scratch.File("cp", "from"));
        File.WriteAllText(to, "carried");
        _docker.Call("cp", to, $"{container.Name}:/tmp/carried").Ok();
        Assert.Equal("carried", File.ReadAllText($"/proc/{container.Pid}/root/tmp/carried"));
        _docker.Call("cp", $"{container.Name}:/tmp/carried", from).Ok();
        Assert.Equal("carried", File.ReadAllText(from));
    }

    [SkippableFact]
    public void Stats_show_the_memory_and_the_processes_of_the_container()
    {
        using var container = _docker.StartSh(["-m", "64m"], "sleep 1000 & echo ready; wait");
        container.WaitForLog("ready");
        var fields = container.Call("stats", "--no-stream", "--format", "{{.PIDs}} {{.MemUsage}}").Ok().Text.Split(' ');
        Assert.Equal("2", fields[0]);
        Assert.NotEqual("0B", fields[1]);
        Assert.Equal("64MiB", fields[3]);
    }

    [SkippableFact]
    [Trait("Needs", "ps")]
    public void Top_lists_every_process_of_the_container()
    {
        using var container = _docker.StartSh([], "sleep 1000 & sleep 1001 & echo ready; wait");
        container.WaitForLog("ready");
        var top = container.Call("top").Ok().Shows("sleep 1000").Shows("sleep 1001").Shows($" {container.Pid} ");
        Assert.Equal(4, top.Lines.Count);
    }
}
