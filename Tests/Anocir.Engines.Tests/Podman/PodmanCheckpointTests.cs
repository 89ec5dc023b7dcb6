using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Podman;

/// <summary><c>podman container checkpoint</c> and <c>restore</c>: where CRIU works.</summary>
[Collection(PodmanCollection.Name)]
public sealed class PodmanCheckpointTests(PodmanEngine engine)
{
    private const string Count = "i=0; while :; do i=$((i+1)); echo \"<$i>\"; usleep 200000; done";
    private readonly PodmanEngine _podman = engine.Ready();

    [SkippableFact]
    public void Container_goes_on_where_it_was_saved()
    {
        RuntimeUnderTest.Require("checkpoint");
        Criu.Require();
        using var container = _podman.StartSh(["--network", "none"], Count);
        container.WaitForLog("<3>");
        container.Call("container", "checkpoint").Ok();
        Assert.Equal("exited", container.Status);
        var before = container.Logs().Lines.Count;
        container.Call("container", "restore").Ok();
        Assert.Equal("running", container.Status);
        Until.True(() => container.Logs().Lines.Count > before + 2, "further numbers");
        var numbers = container.Logs().Lines;
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(n => $"<{n}>"), numbers);
    }

    [SkippableFact]
    public void Container_that_is_left_running_goes_on()
    {
        RuntimeUnderTest.Require("checkpoint");
        Criu.Require();
        using var container = _podman.StartSh(["--network", "none"], Count);
        container.WaitForLog("<2>");
        container.Call("container", "checkpoint", "--leave-running", "--file-locks", "--tcp-established").Ok();
        Assert.Equal("running", container.Status);
        var seen = container.Logs().Lines.Count;
        Until.True(() => container.Logs().Lines.Count > seen, "further numbers");
    }
}
