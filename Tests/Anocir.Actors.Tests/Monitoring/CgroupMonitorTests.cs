using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Anocir.Actors.Monitoring;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Oci;
using Anocir.Platform.Waiting;
using Xunit;
using Process = System.Diagnostics.Process;

namespace Anocir.Actors.Tests.Monitoring;

/// <summary>In the kernel: a cgroup with little memory.</summary>
public sealed class CgroupMonitorTests() : TestKit(
    ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.test.single-expect-default = 20s").WithFallback(Files.Hocon("supervisor.conf")))
{
    private readonly Reactor _reactor = new();
    private Cgroup? _cgroup;

    protected override void AfterAll()
    {
        base.AfterAll();
        _cgroup?.Kill(9);
        _cgroup?.Remove(_cgroup.Made);
        _reactor.Dispose();
    }

    [SkippableFact]
    public async Task Kill_for_want_of_memory_is_told_of_each_time()
    {
        var cgroup = MakeCgroup();
        Monitor(cgroup);
        // tail keeps a line until it ends, and this one does not.
        Assert.NotEqual(0, await RunAsync(cgroup, "exec tail /dev/zero"));
        Assert.NotEqual(0, (await ExpectMsgAsync<CgroupMonitor.OutOfMemoryNoticed>()).Kills);
        Assert.Equal(0, await RunAsync(cgroup, "exec true"));
        Assert.NotEqual(0, await RunAsync(cgroup, "exec tail /dev/zero"));
        await FishForMessageAsync<CgroupMonitor.OutOfMemoryNoticed>(n => n.Kills >= 1, TimeSpan.FromSeconds(20));
    }

    [SkippableFact]
    public async Task Cgroup_that_is_removed_is_no_news()
    {
        var cgroup = MakeCgroup();
        var monitor = Monitor(cgroup);
        cgroup.Remove(cgroup.Made);
        _cgroup = null;
        // The notice of the removal is behind us when another descriptor has gone through the same reactor.
        using var pipe = Consoles.Pipe.New();
        var passed = new TaskCompletionSource();
        using var watch = _reactor.Watch(pipe.Write, ReactorEvents.Writable, _ => passed.SetResult());
        await passed.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(await monitor.GracefulStop(TimeSpan.FromSeconds(20)));
        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Container_without_a_memory_cgroup_is_not_watched()
    {
        var monitor = Monitor(Cgroup.Open(CgroupHost.Detect(), []));
        Assert.True(await monitor.GracefulStop(TimeSpan.FromSeconds(20)));
        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    private IActorRef Monitor(Cgroup cgroup) => ChildActorOf(CgroupMonitor.Props(cgroup, _reactor));

    private Cgroup MakeCgroup()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "needs root to make cgroups");
        var host = CgroupHost.Detect();
        Skip.IfNot(host.Hierarchies.Any(h => h.Has("memory")), "needs the memory controller");
        var resources = new Resources { Memory = new MemoryLimits { Limit = 8 << 20 } };
        _cgroup = Cgroup.Create(host, host.Locate($"/anocir-test-{Guid.NewGuid():n}/c", "id"), resources);
        _cgroup.Apply(resources);
        return _cgroup;
    }

    private static async Task<int> RunAsync(Cgroup cgroup, string script)
    {
        var join = string.Concat(cgroup.Directories.Select(d => $"echo $$ > {d}/cgroup.procs; "));
        // Should the test host crash, its children must not keep what it inherited (a build's lock, a pipe) open.
        using var process = Process.Start("/bin/sh", ["-c", $"exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; {join} {script}"]);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
