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

    private static string[] PidFiles(Sandbox sandbox) => Directory.GetFiles(sandbox.RuntimeDirectory, "*.pid");
}
