using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>docker update, which sends zeros for what it leaves alone, and docker stats after it.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerUpdateTests(DockerDaemon daemon)
{
    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableFact]
    public void Updates_one_after_another_change_what_they_name()
    {
        RuntimeUnderTest.Require("update");
        using var container = _docker.Start(["-m", "64m", "--memory-swap", "128m", "--cpus", "0.5", "--cpu-shares", "300"], "sleep", "1000");
        container.Call("update", "--cpu-shares", "512").Ok();
        container.Call("update", "-m", "32m").Ok();
        container.Call("update", "-m", "100m", "--memory-swap", "200m").Ok();
        container.Call("update", "--pids-limit", "77").Ok();
        container.Call("update", "--cpuset-cpus", "0").Ok();
        var pid = container.Pid;
        Assert.Equal("104857600", Cgroups.Read(pid, "memory", "memory.limit_in_bytes", "memory.max"));
        Assert.Equal("209715200", Cgroups.IsUnified("memory") ? $"{long.Parse(Cgroups.Read(pid, "memory", "", "memory.swap.max")) + 104857600}" : Cgroups.Read(pid, "memory", "memory.memsw.limit_in_bytes", ""));
        Assert.Equal(Cgroups.IsUnified("cpu") ? "59" : "512", Cgroups.Read(pid, "cpu", "cpu.shares", "cpu.weight"));
        Assert.StartsWith("50000", Cgroups.Read(pid, "cpu", "cpu.cfs_quota_us", "cpu.max"), StringComparison.Ordinal);
        Assert.Equal("77", Cgroups.Read(pid, "pids", "pids.max", "pids.max"));
        Assert.Equal("0", Cgroups.Read(pid, "cpuset", "cpuset.cpus", "cpuset.cpus"));
        Assert.Contains("100MiB", container.Call("stats", "--no-stream", "--format", "{{.MemUsage}}").Ok().Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Update_of_a_paused_container_leaves_it_paused()
    {
        RuntimeUnderTest.Require("update");
        using var container = _docker.Start(["-m", "64m"], "sleep", "1000");
        container.Call("pause").Ok();
        container.Call("update", "--pids-limit", "40").Ok();
        Assert.Equal("paused", container.Status);
        Assert.Equal("40", Cgroups.Read(container.Pid, "pids", "pids.max", "pids.max"));
        container.Call("unpause").Ok();
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Update_that_the_kernel_refuses_is_told_and_changes_nothing()
    {
        RuntimeUnderTest.Require("update");
        using var container = _docker.Start(["-m", "64m", "--pids-limit", "30"], "sleep", "1000");
        container.Call("update", "-m", "96m", "--memory-swap", "192m", "--pids-limit", "50", "--cpuset-mems", "63").Exits(1);
        Assert.Equal("67108864", Cgroups.Read(container.Pid, "memory", "memory.limit_in_bytes", "memory.max"));
        Assert.Equal("30", Cgroups.Read(container.Pid, "pids", "pids.max", "pids.max"));
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Update_of_a_stopped_container_holds_at_its_next_start()
    {
        RuntimeUnderTest.Require("update");
        using var container = _docker.Start(["-m", "64m"], "sleep", "1000");
        container.Call("kill").Ok();
        container.WaitForStatus("exited");
        container.Call("update", "-m", "48m", "--memory-swap", "96m").Ok();
        container.Call("start").Ok();
        Assert.Equal("50331648", Cgroups.Read(container.Pid, "memory", "memory.limit_in_bytes", "memory.max"));
        container.Call("update", "-m", "40m").Ok();
        Assert.Equal("41943040", Cgroups.Read(container.Pid, "memory", "memory.limit_in_bytes", "memory.max"));
    }
}
