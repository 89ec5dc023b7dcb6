using Anocir.Supervisor.Tests.Running;
using Xunit;

namespace Anocir.Supervisor.Tests.Recovery;

/// <summary>A creation, a start or a deletion that is held half-way by a hook, while the supervisor or the caller is killed.</summary>
public sealed class HalfMadeContainerTests
{
    [SkippableTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void Creation_whose_supervisor_and_caller_are_killed_is_removed_whole(string kind)
    {
        using var sandbox = new Sandbox();
        using var fifo = new Fifo(sandbox, "hook");
        var bundle = Bundle(sandbox, kind, fifo);
        using var create = sandbox.Begin(["create", "--bundle", bundle, "c"]);
        fifo.WaitForArrival();
        create.Kill();
        sandbox.KillSupervisor();

        // It may still be shown as creating, while it is undone.
        Until.Holds("nothing is left of c", () => sandbox.Ids().Count == 0 && Traces.CgroupProcesses(sandbox.CgroupParent).Count == 0);
        fifo.LetGo();
        sandbox.AssertNothingIsLeft();
        sandbox.Create("c", ["sleep", "3600"]).Ok();
        sandbox.Run("delete", "-f", "c").Ok();
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Creation_whose_supervisor_is_killed_is_done_again_for_its_caller()
    {
        using var sandbox = new Sandbox();
        using var fifo = new Fifo(sandbox, "hook");
        // The first time the hook waits; the second time it does not.
        var bundle = sandbox.Bundles.Make("c", ["sleep", "3600"], ("createRuntime", $"test -e {sandbox.Root}/hook.arrived || {{ {fifo.Script}; }}"));
        using var create = sandbox.Begin(["create", "--bundle", bundle, "c"]);
        fifo.WaitForArrival();
        sandbox.KillSupervisor();

        create.End().Ok();
        Assert.Equal("created", sandbox.State("c").Status);
        fifo.LetGo();
        sandbox.Run("start", "c").Ok();
        sandbox.Run("delete", "-f", "c").Ok();
        sandbox.AssertNothingIsLeft();
    }

    [SkippableTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void Creation_whose_caller_is_killed_is_undone(string kind)
    {
        using var sandbox = new Sandbox();
        using var fifo = new Fifo(sandbox, "hook");
        using var create = sandbox.Begin(["create", "--bundle", Bundle(sandbox, kind, fifo), "c"]);
        fifo.WaitForArrival();
        create.Kill();

        Until.Holds("nothing is left of c", () => sandbox.Ids().Count == 0);
        // The hook is the supervisor's child, or init's: it ends with the creation.
        Until.Holds("the hook has ended", () => !Processes.Lives(fifo.Pid));
        sandbox.AssertNothingIsLeft();
        Assert.Contains("the caller ended", sandbox.Run("history", "c").Ok().Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Creation_is_not_disturbed_by_other_callers_of_its_name()
    {
        using var sandbox = new Sandbox();
        using var fifo = new Fifo(sandbox, "hook");
        using var create = sandbox.Begin(["create", "--bundle", Bundle(sandbox, "createRuntime", fifo), "c"]);
        fifo.WaitForArrival();

        Assert.Equal("creating", sandbox.State("c").Status);
        sandbox.Run("create", "--bundle", sandbox.Bundles.Make("c", ["true"]), "c").Failed("container with given ID already exists");
        sandbox.Run("start", "c").Failed("being created");
        sandbox.Run("delete", "c").Failed("not stopped");
        Assert.Equal("creating", sandbox.State("c").Status);
        fifo.LetGo();
        create.End().Ok();
        Assert.Equal("created", sandbox.State("c").Status);
        sandbox.Run("delete", "c").Ok();
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Creation_that_is_deleted_with_force_tells_both_callers_and_leaves_nothing()
    {
        using var sandbox = new Sandbox();
        using var fifo = new Fifo(sandbox, "hook");
        using var create = sandbox.Begin(["create", "--bundle", Bundle(sandbox, "createRuntime", fifo), "c"]);
        fifo.WaitForArrival();

        sandbox.Run("delete", "-f", "c").Ok();
        create.End().Failed("deleted while it was being created");
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Start_whose_supervisor_is_killed_in_a_hook_of_init_runs_the_program_once()
    {
        using var sandbox = new Sandbox();
        // In the container, the directory of marks is all that both sides see.
        using (var made = System.Diagnostics.Process.Start("/usr/bin/mkfifo", [$"{sandbox.Bundles.Marks}/go"])) made.WaitForExit();
        var bundle = sandbox.Bundles.Make("c", ["sh", "-c", "echo -n x >> /marks/ran; sleep 3600"], ("startContainer", "echo > /marks/arrived; read line < /marks/go; exit 0"));
        sandbox.Run("create", "--bundle", bundle, "c").Ok();
        using var start = sandbox.Begin(["start", "c"]);
        Until.Holds("the hook waits", () => File.Exists($"{sandbox.Bundles.Marks}/arrived"));
        sandbox.KillSupervisor();
        // The caller's second request is on its way to init before the hook ends.
        Assert.Equal("created", sandbox.State("c").Status);
        File.WriteAllText($"{sandbox.Bundles.Marks}/go", "go\n");

        start.End().Ok();
        Until.Holds("the program runs", () => File.Exists($"{sandbox.Bundles.Marks}/ran"));
        Assert.Equal("running", sandbox.State("c").Status);
        Assert.Equal("x", File.ReadAllText($"{sandbox.Bundles.Marks}/ran"));
        sandbox.Run("delete", "-f", "c").Ok();
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Start_whose_supervisor_is_killed_in_a_poststart_hook_is_answered_by_the_next()
    {
        using var sandbox = new Sandbox();
        using var fifo = new Fifo(sandbox, "hook");
        sandbox.Run("create", "--bundle", Bundle(sandbox, "poststart", fifo), "c").Ok();
        using var start = sandbox.Begin(["start", "c"]);
        fifo.WaitForArrival();
        sandbox.KillSupervisor();

        start.End().Ok();
        Assert.Equal("running", sandbox.State("c").Status);
        fifo.LetGo();
        sandbox.Run("delete", "-f", "c").Ok();
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Container_is_deleted_while_its_poststart_hook_still_runs()
    {
        using var sandbox = new Sandbox();
        using var fifo = new Fifo(sandbox, "hook");
        sandbox.Run("create", "--bundle", Bundle(sandbox, "poststart", fifo), "c").Ok();
        using var start = sandbox.Begin(["start", "c"]);
        fifo.WaitForArrival();

        sandbox.Run("delete", "-f", "c").Ok();
        start.End();
        Until.Holds("the hook has ended", () => !Processes.Lives(fifo.Pid));
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Deletion_whose_supervisor_and_caller_are_killed_is_finished_by_the_next()
    {
        using var sandbox = new Sandbox();
        using var fifo = new Fifo(sandbox, "hook");
        sandbox.Run("run", "-d", "--bundle", Bundle(sandbox, "poststop", fifo), "c").Ok();
        using var delete = sandbox.Begin(["delete", "-f", "c"]);
        fifo.WaitForArrival();
        delete.Kill();
        sandbox.KillSupervisor();
        fifo.LetGo();
        File.Delete($"{sandbox.Root}/hook.arrived");

        // The hook was cut off: it runs again, and the deletion waits for it.
        sandbox.Run("list").Ok();
        fifo.WaitForArrival();
        fifo.LetGo();
        Until.Holds("c is gone", () => sandbox.Ids().Count == 0);
        sandbox.AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Deletion_whose_supervisor_is_killed_succeeds_for_its_caller()
    {
        using var sandbox = new Sandbox();
        using var fifo = new Fifo(sandbox, "hook");
        var bundle = sandbox.Bundles.Make("c", ["sleep", "3600"], ("poststop", $"test -e {sandbox.Root}/hook.arrived || {{ {fifo.Script}; }}"));
        sandbox.Run("run", "-d", "--bundle", bundle, "c").Ok();
        using var delete = sandbox.Begin(["delete", "-f", "c"]);
        fifo.WaitForArrival();
        sandbox.KillSupervisor();

        delete.End().Ok();
        fifo.LetGo();
        sandbox.AssertNothingIsLeft();
    }

    private static string Bundle(Sandbox sandbox, string kind, Fifo fifo) => sandbox.Bundles.Make("c", ["sleep", "3600"], (kind, fifo.Script));
}
