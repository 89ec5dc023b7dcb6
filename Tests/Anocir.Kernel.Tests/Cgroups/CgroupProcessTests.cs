using Anocir.Platform.Cgroups;
using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Kernel.Tests.Cgroups;

public class CgroupProcessTests
{
    [SkippableFact]
    public void Freeze_stops_everything_and_thaw_lets_it_run_on()
    {
        using var real = new RealCgroup();
        var process = real.Run("while :; do echo x; done");
        Assert.Equal("x", process.StandardOutput.ReadLine());
        Assert.False(real.Cgroup.IsFrozen);

        real.Cgroup.Freeze();
        Assert.True(real.Cgroup.IsFrozen);
        var used = real.Read("cpuacct", "cpuacct.usage");
        Assert.Equal(used, real.Read("cpuacct", "cpuacct.usage"));
        real.Cgroup.Thaw();
        Assert.False(real.Cgroup.IsFrozen);
        Assert.Equal("x", process.StandardOutput.ReadLine());
    }

    [SkippableFact]
    public void Kill_reaches_sub_cgroups_frozen_ones_and_forks()
    {
        using var real = new RealCgroup();
        var nested = $"{real.In("devices")}/a";
        Directory.CreateDirectory(nested);
        var process = real.Run($"for i in 1 2 3 4 5 6 7 8; do sh -c 'echo $$ > {nested}/cgroup.procs; exec sleep 100' & done; echo made; while :; do sleep 0.01; done");
        Assert.Equal("made", process.StandardOutput.ReadLine());
        real.Cgroup.Freeze();

        Assert.True(real.Cgroup.Kill(9));
        Assert.Empty(real.Cgroup.Processes());
        process.WaitForExit();
        Assert.Equal(128 + 9, process.ExitCode);
    }

    [SkippableFact]
    public void Kill_with_another_signal_reaches_each_process_once()
    {
        using var real = new RealCgroup();
        var process = real.Run("trap 'echo hup' HUP; sh -c 'trap \"echo hup; exit\" HUP; echo ready; while :; do sleep 0.01; done' & while :; do wait; done");
        Assert.Equal("ready", process.StandardOutput.ReadLine());

        Assert.True(real.Cgroup.Kill(1));
        Assert.Equal("hup", process.StandardOutput.ReadLine());
        Assert.Equal("hup", process.StandardOutput.ReadLine());
    }

    [SkippableFact]
    public void Processes_of_a_cgroup_that_is_gone_are_none()
    {
        using var real = new RealCgroup();
        real.Cgroup.Remove(real.Cgroup.Made);

        Assert.Empty(real.Cgroup.Processes());
        Assert.False(real.Cgroup.IsFrozen);
        Assert.Null(real.Cgroup.OomKills());
        Assert.True(real.Cgroup.Kill(9));
    }

    [SkippableFact]
    public void Oom_is_announced_counted_and_ends_with_the_cgroup()
    {
        var resources = new Resources { Memory = new() { Limit = 8 << 20, Swap = 8 << 20 } };
        using var real = new RealCgroup(resources);
        real.Cgroup.Apply(resources);
        using var notice = real.Cgroup.OpenOomNotice()!;
        Assert.Equal(OomReading.Nothing, notice.Read());
        Assert.Equal(0, real.Cgroup.OomKills());

        var process = real.Run("head -c 200000000 /dev/zero | tail | wc -c");
        Assert.True(Platform.Syscalls.CgroupCalls.Poll([notice.Descriptor], 1, TimeSpan.FromSeconds(30)));
        Assert.Equal(OomReading.OutOfMemory, notice.Read());
        process.WaitForExit();
        Assert.True(real.Cgroup.OomKills() > 0);
        while (notice.Read() != OomReading.Nothing)
        {
        }

        real.Cgroup.Remove(real.Cgroup.Made);
        Assert.True(Platform.Syscalls.CgroupCalls.Poll([notice.Descriptor], 1, TimeSpan.FromSeconds(30)));
        Assert.Equal(OomReading.Gone, notice.Read());
    }
}
