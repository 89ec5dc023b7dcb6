namespace Anocir.Runtime.Tests.Exec;

/// <summary>Execs whose supervisor is killed over them.</summary>
public sealed class ExecRecoveryTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Exec_in_the_foreground_goes_on_and_exits_with_its_status()
    {
        runtime.RequireAnocir("runc has no supervisor");
        using var container = runtime.Running();
        var exec = container.PrepareExec(new Caller(), [], "/bin/sh", "-c", "echo ready; until [ -e /tmp/go ]; do sleep 0.02; done; echo more; exit 23").Start();
        Until.True(() => exec.Output.Contains("ready", StringComparison.Ordinal), "the program");
        KillSupervisor();
        File.WriteAllText(container.Bundle.InRootfs("/tmp/go"), "");
        Assert.Equal("ready\nmore\n", exec.Wait().Exits(23).Output);
        Assert.Equal("running", container.Status);
        container.Exec("echo", "again").Ok().Prints("again");
    }

    [SkippableFact]
    public void Signals_reach_the_program_without_a_supervisor()
    {
        runtime.RequireAnocir("runc has no supervisor");
        using var container = runtime.Running();
        var exec = container.PrepareExec(new Caller(), [], "/bin/sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.02; done").Start();
        Until.True(() => exec.Output.Contains("ready", StringComparison.Ordinal), "the program");
        Until.True(() => (ulong.Parse(Processes.Status(exec.Pid, "SigCgt") ?? "0", NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << 14)) != 0, "the signal to be caught");
        KillSupervisor();
        Processes.Signal(exec.Pid, "TERM");
        exec.Wait().Exits(9);
    }

    [SkippableFact]
    public void Program_runs_at_most_once_whenever_the_supervisor_is_killed()
    {
        runtime.RequireAnocir("runc has no supervisor");
        using var container = runtime.Running();
        for (var round = 0; round < 16; round++)
        {
            var exec = container.PrepareExec(new Caller(), [], "/bin/sh", "-c", $"echo x >> /tmp/runs{round}; exit 5").Start();
            // From before the connection to after the end, in steps of a millisecond.
            Thread.Sleep(round);
            KillSupervisor();
            var result = exec.Wait().Exits(5, 255);
            var runs = container.Bundle.InRootfs($"/tmp/runs{round}");
            var count = File.Exists(runs) ? File.ReadAllLines(runs).Length : 0;
            Assert.True(count <= 1, $"round {round}: it ran {count} times\n{result}");
            if (result.ExitCode == 5) Assert.Equal(1, count);
            Assert.Equal("running", container.Status);
        }

        Assert.Equal([container.Pid.ToString(CultureInfo.InvariantCulture)], JsonNode.Parse(runtime.Call("ps", "-f", "json", container.Id).Ok().Output)!.AsArray().Select(p => p!.ToString()));
    }

    [SkippableFact]
    public void Numbers_of_execs_go_on_after_a_restart()
    {
        runtime.RequireAnocir("runc has no history");
        using var container = runtime.Running();
        container.Exec("true").Ok();
        container.Exec("true").Ok();
        WaitForHistory(container, "#2 ended");
        KillSupervisor();
        container.ExecScript("exit 4").Exits(4);
        WaitForHistory(container, "#3 ended");
        Assert.Contains("#1 is process", History(container), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Killed_caller_before_the_program_runs_leaves_no_process()
    {
        runtime.RequireAnocir("runc's intermediate processes end by other means");
        using var container = runtime.Running();
        for (var round = 0; round < 12; round++)
        {
            var exec = container.PrepareExec(new Caller(), [], "/bin/true").Start();
            Thread.Sleep(round);
            Processes.Signal(exec.Pid, "KILL");
            exec.Wait().Exits(137, 0);
        }

        Until.True(() => JsonNode.Parse(runtime.Call("ps", "-f", "json", container.Id).Ok().Output)!.AsArray().Count == 1, "init alone to be left",
            explain: () => runtime.Call("ps", container.Id).Output);
    }

    private void WaitForHistory(Container container, string text) =>
        Until.True(() => History(container).Contains(text, StringComparison.Ordinal), $"\"{text}\" in the history", explain: () => History(container));

    private string History(Container container) => runtime.Call("history", container.Id).Ok().Output;

    private void KillSupervisor()
    {
        var pid = runtime.Supervisor;
        Processes.Signal(pid, "KILL");
        Until.True(() => !Processes.Alive(pid), "the end of the supervisor");
    }
}
