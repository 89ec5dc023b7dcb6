using Anocir.Platform;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Xunit;
using Process = System.Diagnostics.Process;
using ProcessStartInfo = System.Diagnostics.ProcessStartInfo;

namespace Anocir.Kernel.Tests.Cgroups;

public class CgroupLifeTests
{
    [SkippableFact]
    public void Create_makes_a_directory_in_every_hierarchy_that_can_be_entered()
    {
        using var real = new RealCgroup();

        Assert.Equal(real.Host.Hierarchies.Count, real.Cgroup.Directories.Count);
        Assert.Equal(real.Host.Hierarchies.Count * 2, real.Cgroup.Made.Count);
        var process = real.Run("sleep 100");
        var membership = File.ReadAllLines($"/proc/{process.Id}/cgroup");
        Assert.All(membership, line => Assert.EndsWith($":{real.Parent}/c", line, StringComparison.Ordinal));
        Assert.Contains(process.Id, real.Cgroup.Processes());
        Assert.Equal(real.Cgroup.Directories.Order(), Cgroup.Of(real.Host, process.Id).Directories.Order());
    }

    [SkippableFact]
    public void Create_fills_the_cpuset_from_the_parents_unless_one_is_wanted()
    {
        using var real = new RealCgroup();
        Assert.Equal(File.ReadAllText("/sys/fs/cgroup/cpuset/cpuset.cpus").Trim(), real.Read("cpuset", "cpuset.cpus"));

        using var wanting = new RealCgroup(new Resources { Cpu = new() { Cpus = "0" } });
        Assert.Equal("0", wanting.Read("cpuset", "cpuset.cpus"));
        Assert.Equal(File.ReadAllText("/sys/fs/cgroup/cpuset/cpuset.mems").Trim(), wanting.Read("cpuset", "cpuset.mems"));
    }

    [SkippableFact]
    public void Create_over_a_cgroup_with_processes_is_refused_and_leaves_it()
    {
        using var real = new RealCgroup();
        var process = real.Run("sleep 100 & echo both; exec sleep 100");
        Assert.Equal("both", process.StandardOutput.ReadLine());
        var location = real.Host.Locate($"{real.Parent}/c", "id");

        var failure = Assert.Throws<ContainerException>(() => Cgroup.Create(real.Host, location, null));
        Assert.Equal("container's cgroup is not empty: 2 process(es) found", failure.Message);
        Assert.All(real.Cgroup.Directories, d => Assert.True(Directory.Exists(d)));
    }

    [SkippableFact]
    public void Create_over_a_frozen_cgroup_is_refused()
    {
        using var real = new RealCgroup();
        File.WriteAllText($"{real.In("freezer")}/freezer.state", "FROZEN");

        var failure = Assert.Throws<ContainerException>(() => Cgroup.Create(real.Host, real.Host.Locate($"{real.Parent}/c", "id"), null));
        Assert.Equal("container's cgroup unexpectedly frozen", failure.Message);
    }

    [SkippableFact]
    public void Create_that_fails_leaves_nothing()
    {
        var host = RealCgroup.Hybrid();
        var name = $"/anocir-test-{Guid.NewGuid():n}";

        var failure = Assert.Throws<ContainerException>(() => Cgroup.Create(host, host.Locate(name, "id"), new Resources { Cpu = new() { Cpus = "4000" } }));
        Assert.StartsWith("unable to apply cgroup configuration: write \"4000\" to ", failure.Message, StringComparison.Ordinal);
        Assert.All(host.Hierarchies, h => Assert.False(Directory.Exists(h.MountPoint + name)));
        Assert.Throws<ContainerException>(() => Cgroup.Create(host, host.Locate(name + "/tasks/x", "id"), null));
        Assert.All(host.Hierarchies, h => Assert.False(Directory.Exists(h.MountPoint + name)));
    }

    [SkippableFact]
    public void Create_with_unified_settings_beside_version_1_is_refused()
    {
        var host = RealCgroup.Hybrid();
        var resources = new Resources { Unified = new Dictionary<string, string> { ["memory.max"] = "1" } };

        var failure = Assert.Throws<ContainerException>(() => Cgroup.Create(host, host.Locate("/anocir-test-never", "id"), resources));
        Assert.StartsWith("invalid configuration", failure.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Entry_lets_a_process_in_by_the_descriptors_alone()
    {
        using var real = new RealCgroup();
        using var entry = real.Cgroup.OpenEntry();

        Assert.NotNull(entry.V2Directory);
        Assert.Equal(real.Host.Hierarchies.Count(h => !h.IsUnified), entry.V1Tasks.Count);
        var writes = string.Concat(entry.V1Tasks.Select(t => $"echo 0 > /proc/{Environment.ProcessId}/fd/{t.Value}; "));
        using var child = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", writes + "cat /proc/$$/cgroup"]) { RedirectStandardOutput = true })!;
        var membership = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.Equal(entry.V1Tasks.Count, membership.Split('\n').Count(l => l.EndsWith($":{real.Parent}/c", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public void Entry_to_sub_cgroups_stays_below_the_container()
    {
        using var real = new RealCgroup();
        Directory.CreateDirectory($"{real.In("pids")}/sub");

        using (var entry = real.Cgroup.OpenEntry(["pids:sub"])) Assert.NotEmpty(entry.V1Tasks);
        Assert.Contains(" .. is not a sub cgroup path", Assert.Throws<ContainerException>(() => real.Cgroup.OpenEntry([".."])).Message, StringComparison.Ordinal);
        Assert.Contains("unknown controller ", Assert.Throws<ContainerException>(() => real.Cgroup.OpenEntry(["what:sub"])).Message, StringComparison.Ordinal);
        Assert.Equal(Errno.ENOENT, Assert.Throws<SyscallException>(() => real.Cgroup.OpenEntry(["nowhere"])).Errno);
    }

    [SkippableFact]
    public void Open_from_names_alone_can_freeze_kill_and_remove()
    {
        using var real = new RealCgroup();
        var process = real.Run("sleep 100");
        var again = Cgroup.Open(CgroupHost.Detect(), real.Cgroup.Directories);

        again.Freeze();
        Assert.True(real.Cgroup.IsFrozen);
        Assert.True(again.Kill(9));
        process.WaitForExit();
        again.Remove(real.Cgroup.Made);
        Assert.All(real.Cgroup.Directories, d => Assert.False(Directory.Exists(d)));
        again.Remove(real.Cgroup.Made);
    }

    [SkippableFact]
    public void Remove_takes_the_sub_cgroups_and_waits_for_what_is_ending()
    {
        using var real = new RealCgroup();
        var nested = $"{real.In("memory")}/a/b";
        Directory.CreateDirectory(nested);
        var process = real.Run($"echo $$ > {nested}/cgroup.procs; echo there; exec sleep 100");
        Assert.Equal("there", process.StandardOutput.ReadLine());

        var busy = Assert.Throws<SyscallException>(() => real.Cgroup.Remove(real.Cgroup.Made, TimeSpan.Zero));
        Assert.Equal(Errno.EBUSY, busy.Errno);
        var removing = Task.Run(() => real.Cgroup.Remove(real.Cgroup.Made, TimeSpan.FromSeconds(20)));
        process.Kill();
        Assert.True(removing.Wait(TimeSpan.FromSeconds(20)));
        Assert.False(Directory.Exists(real.In("memory")));
    }

    [SkippableFact]
    public void Remove_leaves_what_was_there_before_and_parents_that_others_use()
    {
        using var real = new RealCgroup();
        var location = real.Host.Locate($"{real.Parent}/other", "id");
        var before = real.Host.Hierarchies.Single(h => h.Has("pids")).MountPoint + $"{real.Parent}/other";
        Directory.CreateDirectory(before);
        var other = Cgroup.Create(real.Host, location, null);

        Assert.DoesNotContain(before, other.Made);
        Assert.Equal(real.Host.Hierarchies.Count - 1, other.Made.Count);
        // As a supervisor would that made the parents for the first of two containers.
        other.Remove([.. other.Made, .. real.Cgroup.Made.Where(d => d.EndsWith(real.Parent, StringComparison.Ordinal))]);
        Assert.True(Directory.Exists(before));
        Assert.All(real.Cgroup.Directories, d => Assert.True(Directory.Exists(d)));
        Directory.Delete(before);
    }
}
