using System.Diagnostics;

namespace Anocir.Runtime.Tests.Lifecycle;

/// <summary>Who deletes the container of a <c>run</c>: the supervisor as soon as it has ended, the caller where that cannot be.</summary>
public sealed class RunDeletionTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Run_of_one_id_over_and_over_finds_it_free_each_time()
    {
        using var container = runtime.Container(c => c.Args("true"));
        for (var i = 0; i < 25; i++) container.Run().Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Run_that_is_killed_leaves_its_container_to_be_deleted()
    {
        using var container = runtime.Container(c => c.Script("echo up; exec sleep 1000"));
        var call = container.Prepare("run").Start();
        container.WaitForOutput("up");
        Process.GetProcessById(call.Pid).Kill();
        call.Wait();
        Assert.Equal("running", container.Status);

        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        container.Delete().Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Run_whose_supervisor_is_killed_ends_with_the_status_and_deletes()
    {
        runtime.RequireAnocir("runc has no supervisor");
        using var container = runtime.Container(c => c.Script("echo up; until [ -e /end ]; do sleep 0.05; done; exit 7"));
        var call = container.Prepare("run").Start();
        container.WaitForOutput("up");
        Process.GetProcessById(Processes.FromFile(Path.Combine(runtime.RuntimeDirectory, "supervisor.pid"))!.Value).Kill();
        File.WriteAllText(Path.Combine(container.Bundle.Rootfs, "end"), "");
        Assert.Equal(7, call.Wait().ExitCode);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Run_with_keep_leaves_it_stopped()
    {
        using var container = runtime.Container(c => c.Script("exit 3"));
        Assert.Equal(3, container.Run("--keep").ExitCode);
        Assert.Equal("stopped", container.Status);
    }

    [SkippableFact]
    public void Trace_of_a_run_has_the_phases_of_both_sides_in_order()
    {
        runtime.RequireAnocir("ANOCIR_TRACE is ours");
        using var container = runtime.Container(c => c.Args("true"));
        var file = runtime.Scratch.File("phases");
        container.Prepare("run", new Caller(Environment: new Dictionary<string, string?> { ["ANOCIR_TRACE"] = file })).Run().Ok();

        var lines = File.ReadAllLines(file).Select(line => line.Split(' ')).OrderBy(line => long.Parse(line[2], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(["main", "connected", "launch-received", "cloned", "answered", "exit-seen", "deleted"], lines.Where(l => l[0] == "cli").Select(l => l[1]));
        Assert.Equal(
            ["main", "plan-read", "cgroups-entered", "namespaces", "rootfs-prepared", "pivoted", "rootfs-finished", "ready", "start-received", "credentials"],
            lines.Where(l => l[0] == "init").Select(l => l[1]));
    }
}
