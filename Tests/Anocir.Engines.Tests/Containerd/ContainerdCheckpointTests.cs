using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Containerd;

/// <summary><c>ctr task checkpoint</c>: where CRIU works.</summary>
[Collection(ContainerdCollection.Name)]
public sealed class ContainerdCheckpointTests(ContainerdDaemon daemon)
{
    private readonly ContainerdDaemon _containerd = daemon.Ready();

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Task_is_saved_to_a_directory(bool exit)
    {
        RuntimeUnderTest.Require("checkpoint");
        Criu.Require();
        using var task = _containerd.StartSh([], "echo ready; exec sleep 1000 >/dev/null 2>&1");
        task.WaitForLog("ready");
        var images = Path.Combine(_containerd.Scratch.Folder("images"), task.Name);
        string[] flags = exit ? ["--exit"] : [];
        task.Task(["checkpoint", "--image-path", images, .. flags]).Ok();
        Assert.True(File.Exists(Path.Combine(images, "inventory.img")));
        task.WaitForStatus(exit ? "STOPPED" : "RUNNING");
    }
}
