using Anocir.Supervisor.Tests.Running;
using Xunit;

namespace Anocir.Supervisor.Tests.Recovery;

/// <summary>What a supervisor finds that was started after another one was killed.</summary>
public sealed class RestartedSupervisorTests
{
    [SkippableFact]
    public void Running_container_is_found_again_with_its_pid_and_can_be_killed()
    {
        using var sandbox = new Sandbox();
        sandbox.RunDetached("c", "sleep", "3600").Ok();
        var before = sandbox.State("c");
        sandbox.KillSupervisor();
        Assert.True(Processes.Lives(before.Pid));

        Assert.Equal(("running", before.Pid), sandbox.State("c"));
        sandbox.Run("kill", "c", "KILL").Ok();
        sandbox.WaitForStatus("c", "stopped");
        sandbox.Run("delete", "c").Ok();
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Containers_are_all_listed_by_the_very_call_that_starts_the_supervisor()
    {
        using var sandbox = new Sandbox();
        string[] ids = ["a", "b", "c", "d", "e", "f"];
        foreach (var id in ids) sandbox.Create(id, ["sleep", "3600"]).Ok();
        for (var i = 0; i < 3; i++)
        {
            sandbox.KillSupervisor();
            Assert.Equal(ids, sandbox.Ids());
        }
    }

    [SkippableFact]
    public void Container_that_ended_unseen_and_was_reaped_is_stopped_at_the_first_look()
    {
        using var sandbox = new Sandbox();
        sandbox.RunDetached("c", "sleep", "3600").Ok();
        var pid = sandbox.State("c").Pid;
        sandbox.KillSupervisor();
        Processes.Signal(pid, Processes.SigKill);
        Until.Holds("init has been reaped", () => Processes.State(pid) is null);

        Assert.Equal(("stopped", 0), sandbox.State("c"));
        sandbox.Run("delete", "c").Ok();
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Container_that_ended_unseen_and_is_a_zombie_is_stopped_with_its_exit_status()
    {
        using var sandbox = new Sandbox();
        // The shell is the subreaper's place here: it is the parent of init, and does not wait.
        var bundle = sandbox.Bundles.Make("c", ["sh", "-c", "read line < /marks/go; exit 42"]);
        using (var made = System.Diagnostics.Process.Start("/usr/bin/mkfifo", [$"{sandbox.Bundles.Marks}/go"])) made.WaitForExit();
        using var foreground = sandbox.Begin(["run", "--bundle", bundle, "c"]);
        Until.Holds("c runs", () => sandbox.Run("state", "c").Output.Contains("\"running\"", StringComparison.Ordinal));
        var pid = sandbox.State("c").Pid;
        // A stopped parent waits for nobody, and a stopped foreground caller deletes nothing.
        Processes.Signal(foreground.Pid, 19);
        sandbox.KillSupervisor();
        File.WriteAllText($"{sandbox.Bundles.Marks}/go", "go\n");
        Until.Holds("init is a zombie", () => Processes.State(pid) == "Z");

        Assert.Equal(("stopped", 0), sandbox.State("c"));
        Assert.Contains("exit status 42", sandbox.Run("history", "c").Ok().Output, StringComparison.Ordinal);
        Processes.Signal(foreground.Pid, 18);
        Assert.Equal(42, foreground.End().Code);
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Created_container_can_be_started_and_deleted()
    {
        using var sandbox = new Sandbox();
        sandbox.Create("started", ["sleep", "3600"]).Ok();
        sandbox.Create("deleted", ["sleep", "3600"]).Ok();
        sandbox.KillSupervisor();

        Assert.Equal("created", sandbox.State("started").Status);
        sandbox.Run("start", "started").Ok();
        Assert.Equal("running", sandbox.State("started").Status);
        sandbox.Run("delete", "deleted").Ok();
        sandbox.Run("delete", "-f", "started").Ok();
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Paused_container_is_still_paused_and_runs_on_when_resumed()
    {
        using var sandbox = new Sandbox();
        sandbox.RunDetached("c", "sleep", "3600").Ok();
        sandbox.Run("pause", "c").Ok();
        sandbox.KillSupervisor();

        Assert.Equal("paused", sandbox.State("c").Status);
        sandbox.Run("resume", "c").Ok();
        Assert.Equal("running", sandbox.State("c").Status);
        sandbox.Run("pause", "c").Ok();
        sandbox.KillSupervisor();
        sandbox.Run("delete", "-f", "c").Ok();
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Created_container_that_was_paused_and_resumed_can_still_be_started()
    {
        using var sandbox = new Sandbox();
        sandbox.Create("c", ["sleep", "3600"]).Ok();
        sandbox.Run("pause", "c").Ok();
        sandbox.KillSupervisor();
        sandbox.Run("resume", "c").Ok();

        Assert.Equal("created", sandbox.State("c").Status);
        sandbox.Run("start", "c").Ok();
        Assert.Equal("running", sandbox.State("c").Status);
        sandbox.Run("delete", "-f", "c").Ok();
    }

    [SkippableFact]
    public void Foreground_program_survives_and_its_exit_code_arrives()
    {
        using var sandbox = new Sandbox();
        using (var made = System.Diagnostics.Process.Start("/usr/bin/mkfifo", [$"{sandbox.Bundles.Marks}/go"])) made.WaitForExit();
        var bundle = sandbox.Bundles.Make("c", ["sh", "-c", "echo up; read line < /marks/go; exit 23"]);
        using var call = sandbox.Begin(["run", "--bundle", bundle, "c"]);
        Until.Holds("the program runs", () => call.Output == "up\n");
        Until.Holds("c runs", () => sandbox.State("c").Status == "running");
        sandbox.KillSupervisor();
        File.WriteAllText($"{sandbox.Bundles.Marks}/go", "go\n");

        Assert.Equal(23, call.End().Code);
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Signal_to_a_foreground_caller_reaches_the_program_without_a_supervisor()
    {
        using var sandbox = new Sandbox();
        var bundle = sandbox.Bundles.Make("c", ["sh", "-c", "trap 'exit 5' TERM; echo up; while true; do sleep 0.05; done"]);
        using var call = sandbox.Begin(["run", "--bundle", bundle, "c"]);
        Until.Holds("the program runs", () => call.Output == "up\n" && sandbox.State("c").Status == "running");
        Until.Holds("its caller passes signals on", () => Processes.Catches(call.Pid, Processes.SigTerm));
        sandbox.KillSupervisor();
        Processes.Signal(call.Pid, Processes.SigTerm);

        Assert.Equal(5, call.End().Code);
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void History_from_before_the_crash_is_kept()
    {
        using var sandbox = new Sandbox();
        sandbox.RunDetached("gone", "sleep", "3600").Ok();
        sandbox.Run("delete", "-f", "gone").Ok();
        sandbox.Create("living", ["sleep", "3600"]).Ok();
        var (gone, living) = (sandbox.Run("history", "gone").Ok().Output, sandbox.Run("history", "living").Ok().Output);
        sandbox.KillSupervisor();

        Assert.Equal(gone, sandbox.Run("history", "gone").Ok().Output);
        Assert.Equal(living, sandbox.Run("history", "living").Ok().Output);
        Assert.Contains("deleted", gone, StringComparison.OrdinalIgnoreCase);
    }

    [SkippableFact]
    public void Supervisor_that_is_told_to_end_stops_no_container_and_leaves_no_socket()
    {
        using var sandbox = new Sandbox();
        sandbox.RunDetached("c", "sleep", "3600").Ok();
        var pid = sandbox.State("c").Pid;
        sandbox.KillSupervisor(Processes.SigTerm);

        Assert.False(File.Exists(sandbox.SocketPath));
        Assert.True(Processes.Lives(pid));
        Assert.Equal(("running", pid), sandbox.State("c"));
        sandbox.Run("delete", "-f", "c").Ok();
        sandbox.AssertNothingIsLeft();
    }
}
