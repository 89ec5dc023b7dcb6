using System.Globalization;
using Anocir.Supervisor.Tests.Running;
using Xunit;

namespace Anocir.Supervisor.Tests.Starting;

/// <summary>Callers in namespaces of their own get a supervisor of their own, which is named by them.</summary>
public sealed class NamespaceTests
{
    [SkippableFact]
    public void Caller_in_a_mount_namespace_gets_its_own_supervisor_and_the_first_goes_on()
    {
        using var sandbox = new Sandbox();
        sandbox.RunDetached("outside", "sleep", "3600").Ok();
        var first = sandbox.Supervisor;
        using (var call = sandbox.Begin(["list", "-q"], "", "unshare", "-m")) Assert.Equal("", call.End().Ok().Output);

        var second = Assert.Single(PidFiles(sandbox), f => Path.GetFileName(f) != "supervisor.pid");
        var pid = int.Parse(File.ReadAllText(second), CultureInfo.InvariantCulture);
        Assert.True(Processes.Lives(pid));
        var numbers = new[] { "user", "mnt", "pid" }.Select(t => Processes.Target($"/proc/{pid}/ns/{t}")!.Split('[')[1].TrimEnd(']'));
        Assert.Equal($"supervisor-{string.Join('-', numbers)}.pid", Path.GetFileName(second));
        Assert.Equal(first, sandbox.Supervisor);
        Assert.Equal(["outside"], sandbox.Ids());
    }

    [SkippableFact]
    public void Container_made_in_a_mount_namespace_runs_and_is_deleted_there()
    {
        using var sandbox = new Sandbox();
        sandbox.Run("list").Ok();
        var bundle = sandbox.Bundles.Make("inside", ["sh", "-c", "echo from inside; exit 9"]);
        using var call = sandbox.Begin(["run", "--bundle", bundle, "inside"], "", "unshare", "-m");
        var ended = call.End();
        Assert.Equal((9, "from inside\n"), (ended.Code, ended.Output));
        sandbox.AssertNothingIsLeftBut(PidFiles(sandbox).Select(f => int.Parse(File.ReadAllText(f), CultureInfo.InvariantCulture)));
    }

    [SkippableFact]
    public void Supervisor_of_a_pid_namespace_ends_with_it_and_the_first_goes_on()
    {
        using var sandbox = new Sandbox();
        sandbox.RunDetached("outside", "sleep", "3600").Ok();
        var first = sandbox.Supervisor;
        using (var call = sandbox.Begin(["list", "-q"], "", "unshare", "-p", "-f", "--mount-proc")) Assert.Equal("", call.End().Ok().Output);

        Until.Holds("only the first supervisor is left", () => Processes.Of(sandbox.RuntimeDirectory).Count(p => p.Contains("anocir-supervisor", StringComparison.Ordinal)) == 1);
        Assert.Equal(first, sandbox.Supervisor);
        Assert.Equal(["outside"], sandbox.Ids());
    }

    [SkippableFact]
    public void Caller_whose_process_the_first_supervisor_cannot_see_is_not_served_by_it()
    {
        using var sandbox = new Sandbox();
        // The first supervisor lives in a pid namespace of its own, where it knows the outside only by the number 0.
        using var inside = sandbox.Begin(["list"], "", "unshare", "-p", "-f", "--mount-proc", "sh", "-c", $"\"$@\" && echo up && exec sleep 60", "sh");
        Until.Holds("the first supervisor is up", () => inside.Output.Contains("up", StringComparison.Ordinal));

        sandbox.RunDetached("c", "sleep", "3600").Ok();
        Assert.Equal(["c"], sandbox.Ids());
        Assert.Equal("running", sandbox.State("c").Status);
        sandbox.Run("delete", "-f", "c").Ok();
        inside.Kill();
        inside.End();
    }

    [SkippableFact]
    public void Supervisor_of_a_mount_namespace_ends_when_nobody_needs_it_and_leaves_nothing()
    {
        using var sandbox = new Sandbox { Configuration = "anocir.lifecycle.idle-timeout = 300ms" };
        sandbox.Run("list").Ok();
        var first = sandbox.Supervisor;
        using (var call = sandbox.Begin(["list", "-q"], "", "unshare", "-m")) call.End().Ok();
        Until.Holds("only the first supervisor's files are left", () => Directory.GetFiles(sandbox.RuntimeDirectory, "supervisor-*").Length == 0);
        Until.Holds("only the first supervisor is left", () => Supervisors(sandbox) == 1);
        Assert.Equal(first, sandbox.Supervisor);
    }

    [SkippableFact]
    public void Supervisor_of_a_mount_namespace_stays_while_it_has_a_container()
    {
        using var sandbox = new Sandbox { Configuration = "anocir.lifecycle.idle-timeout = 100ms" };
        sandbox.Run("list").Ok();
        var bundle = sandbox.Bundles.Make("c", ["sleep", "3600"]);
        // Holds the mount namespace for a second call, after a time in which an idle one would have gone.
        using var calls = sandbox.Begin(["run", "-d", "--bundle", bundle, "c"], "", "unshare", "-m", "sh", "-c", "\"$@\" && sleep 1 && \"$1\" state c && \"$1\" delete -f c", "sh");
        Assert.Contains("\"running\"", calls.End().Ok().Output, StringComparison.Ordinal);
        Until.Holds("it ends without it", () => Supervisors(sandbox) == 1);
    }

    [SkippableFact]
    public void Files_of_a_supervisor_that_died_with_its_pid_namespace_are_removed_by_the_next_that_starts()
    {
        using var sandbox = new Sandbox();
        Skip.IfNot(Processes.Target("/proc/self/ns/pid")!.EndsWith("pid:[4026531836]", StringComparison.Ordinal), "only the first pid namespace shows which others live");
        sandbox.Run("list").Ok();
        using (var call = sandbox.Begin(["list", "-q"], "", "unshare", "-p", "-f", "--mount-proc")) call.End().Ok();
        Until.Holds("only the first supervisor is left", () => Supervisors(sandbox) == 1);
        Assert.NotEmpty(Directory.GetFiles(sandbox.RuntimeDirectory, "supervisor-*.journal"));

        sandbox.KillSupervisor();
        sandbox.Run("list").Ok();
        Assert.Empty(Directory.GetFiles(sandbox.RuntimeDirectory, "supervisor-*"));
    }

    private static int Supervisors(Sandbox sandbox) => Processes.Of(sandbox.RuntimeDirectory).Count(p => p.Contains("anocir-supervisor", StringComparison.Ordinal));

    private static string[] PidFiles(Sandbox sandbox) => Directory.GetFiles(sandbox.RuntimeDirectory, "*.pid");
}
