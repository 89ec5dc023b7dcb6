using System.Diagnostics;
using Anocir.Platform;
using Anocir.Platform.Oci;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;
using Xunit;
using static Anocir.Kernel.Tests.Rootfs.RootfsSandbox;

namespace Anocir.Kernel.Tests.Rootfs;

/// <summary>Bind sources that the launcher opened with the host's credentials, idmapped ones among them.</summary>
public sealed class HandedSourceTests : IDisposable
{
    private readonly RootfsSandbox _sandbox;

    public HandedSourceTests()
    {
        SkipUnlessPossible();
        _sandbox = new RootfsSandbox();
    }

    public void Dispose() => _sandbox?.Dispose();

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tree_opened_outside_is_attached_inside_with_its_attributes(bool userNamespace)
    {
        _sandbox.Write("volume/file", "handed");
        // By the time of the container the path leads elsewhere: only the descriptor can show the file.
        var mount = Bind("volume", "/v", "rbind", "ro", "noexec");
        var spec = Spec(Proc, mount);
        using var tree = MountSource.Open(RootfsPlanner.Plan(spec, _sandbox.Bundle, new RootfsHostFacts()).Mounts[1], null);
        Directory.Move(Path.Combine(_sandbox.Bundle, "volume"), Path.Combine(_sandbox.Bundle, "moved"));
        var run = _sandbox.Run(spec, "cat /v/file; touch /v/x 2>/dev/null || echo no; cat /proc/self/mountinfo", userNamespace, sources: new Dictionary<int, FdHandle> { [1] = tree });
        Assert.StartsWith("handedno\n", run.Successful);
        Assert.Contains("noexec", run.Mount("/v").Options);
        Assert.DoesNotContain(run.Mount("/v").Tags, static t => t.StartsWith("shared:", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Idmapped_source_shows_its_files_under_other_ids()
    {
        _sandbox.Write("volume/file", "mine");
        var mount = Bind("volume", "/v", "bind") with
        {
            UidMappings = [new IdMapping { ContainerID = 0, HostID = 4000, Size = 10 }],
            GidMappings = [new IdMapping { ContainerID = 0, HostID = 5000, Size = 10 }],
        };
        var spec = Spec(Proc, mount);
        var plan = RootfsPlanner.Plan(spec, _sandbox.Bundle, new RootfsHostFacts()).Mounts[1];
        Assert.Contains("no user namespace was handed in", Assert.Throws<ContainerException>(() => { MountSource.Open(plan, null); }).Message);
        using var mappings = UserNamespace(plan.IdMap!);
        using var tree = MountSource.Open(plan, mappings);
        var run = _sandbox.Run(spec, "stat -c %u:%g /v/file", sources: new Dictionary<int, FdHandle> { [1] = tree });
        Assert.Equal("4000:5000\n", run.Successful);
    }

    private static FdHandle UserNamespace(IdMapPlan map)
    {
        using var holder = System.Diagnostics.Process.Start(new ProcessStartInfo("unshare", ["--user", "sh", "-c", "echo ready; read end"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("ready", holder.StandardOutput.ReadLine());
        KernelFile.Write($"/proc/{holder.Id}/uid_map", $"{map.UidMappings[0].ContainerID} {map.UidMappings[0].HostID} {map.UidMappings[0].Size}\n");
        KernelFile.Write($"/proc/{holder.Id}/gid_map", $"{map.GidMappings[0].ContainerID} {map.GidMappings[0].HostID} {map.GidMappings[0].Size}\n");
        var handle = Anocir.Platform.Syscalls.Sys.Open($"/proc/{holder.Id}/ns/user", Anocir.Platform.Syscalls.Sys.ORdOnly);
        holder.StandardInput.Close();
        holder.WaitForExit();
        return handle;
    }
}
