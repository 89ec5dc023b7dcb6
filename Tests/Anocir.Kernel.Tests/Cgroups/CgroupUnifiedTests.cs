using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Kernel.Tests.Cgroups;

public class CgroupUnifiedTests
{
    [SkippableFact]
    public void Entry_is_the_directory_alone()
    {
        using var real = new UnifiedCgroup();
        using var entry = real.Cgroup.OpenEntry();

        Assert.NotNull(entry.V2Directory);
        Assert.Empty(entry.V1Tasks);
        Assert.Equal(2, real.Cgroup.Made.Count);
    }

    [SkippableFact]
    public void Freeze_waits_until_everything_stands_still()
    {
        using var real = new UnifiedCgroup();
        var process = real.Run("while :; do echo x; done");
        Assert.Equal("x", process.StandardOutput.ReadLine());

        real.Cgroup.Freeze();
        Assert.True(real.Cgroup.IsFrozen);
        Assert.Contains("frozen 1", File.ReadAllText($"{real.Cgroup.Directories[0]}/cgroup.events"), StringComparison.Ordinal);
        real.Cgroup.Thaw();
        Assert.False(real.Cgroup.IsFrozen);
        Assert.Equal("x", process.StandardOutput.ReadLine());
    }

    [SkippableFact]
    public void Kill_of_a_frozen_tree_leaves_nobody()
    {
        using var real = new UnifiedCgroup();
        var process = real.Run("for i in 1 2 3 4 5; do sleep 100 & done; echo made; sleep 100");
        Assert.Equal("made", process.StandardOutput.ReadLine());
        Assert.InRange(real.Cgroup.Processes().Count, 6, 8);
        real.Cgroup.Freeze();

        Assert.True(real.Cgroup.Kill(9));
        Assert.Empty(real.Cgroup.Processes());
    }

    [SkippableFact]
    public void Remove_waits_for_the_last_process_of_a_sub_cgroup()
    {
        using var real = new UnifiedCgroup();
        var nested = $"{real.Cgroup.Directories[0]}/x/y";
        Directory.CreateDirectory(nested);
        var process = real.Run($"echo $$ > {nested}/cgroup.procs; echo there; sleep 100");
        Assert.Equal("there", process.StandardOutput.ReadLine());

        Assert.Equal(Errno.EBUSY, Assert.Throws<SyscallException>(() => real.Cgroup.Remove(real.Cgroup.Made, TimeSpan.Zero)).Errno);
        var removing = Task.Run(() => real.Cgroup.Remove(real.Cgroup.Made, TimeSpan.FromSeconds(20)));
        Assert.True(real.Cgroup.Kill(9));
        Assert.True(removing.Wait(TimeSpan.FromSeconds(20)));
        Assert.False(Directory.Exists(real.Cgroup.Directories[0]));
    }

    [SkippableFact]
    public void Statistics_without_controllers_hold_what_every_cgroup_has()
    {
        using var real = new UnifiedCgroup();
        real.Run("i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; sleep 100");

        // A statistic of zero is left out, and the shell has only begun.
        Assert.True(SpinWait.SpinUntil(() => real.Cgroup.Statistics().Cpu.Usage?.Total > 0, TimeSpan.FromSeconds(20)));
        Assert.Null(real.Cgroup.OpenOomNotice());
    }
}
