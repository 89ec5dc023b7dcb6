using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary><c>docker checkpoint</c>: where CRIU works.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerCheckpointTests(DockerDaemon daemon)
{
    /// <summary>Counts in its log; an apart seccomp filter would need more of CRIU than there is everywhere.</summary>
    private const string Count = "i=0; while :; do i=$((i+1)); echo \"<$i>\"; usleep 200000; done";
    private static readonly string[] Plain = ["--network", "none", "--security-opt", "seccomp=unconfined"];
    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableFact]
    public void Container_goes_on_where_it_was_saved()
    {
        RuntimeUnderTest.Require("checkpoint");
        Criu.Require();
        using var container = _docker.StartSh(Plain, Count);
        container.WaitForLog("<3>");
        _docker.Call("checkpoint", "create", container.Name, "saved").Ok();
        container.WaitForStatus("exited");
        var before = container.Logs().Lines;
        Assert.Equal("saved", _docker.Call("checkpoint", "ls", container.Name).Ok().Lines[^1]);

        _docker.Call("start", "--checkpoint", "saved", container.Name).Ok();
        Assert.Equal("running", container.Status);
        Until.True(() => container.Logs().Lines.Count > before.Count + 2, "further numbers");
        var numbers = container.Logs().Lines;
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(n => $"<{n}>"), numbers);
        container.Exec([], "echo", "inside").Ok().Prints("inside");
    }

    [SkippableFact]
    public void Container_that_is_left_running_goes_on()
    {
        RuntimeUnderTest.Require("checkpoint");
        Criu.Require();
        using var container = _docker.StartSh(Plain, Count);
        container.WaitForLog("<2>");
        var pid = container.Pid;
        _docker.Call("checkpoint", "create", "--leave-running", container.Name, "kept").Ok();
        Assert.Equal("running", container.Status);
        Assert.Equal(pid, container.Pid);
        var seen = container.Logs().Lines.Count;
        Until.True(() => container.Logs().Lines.Count > seen, "further numbers");
    }

    [SkippableFact]
    public void Refusal_of_criu_is_told_and_the_container_goes_on()
    {
        RuntimeUnderTest.Require("checkpoint");
        Skip.If(Programs.WhyNot("criu") is not null, Programs.WhyNot("criu"));
        Skip.If(Criu.WhyNot is null, "CRIU works on this kernel");
        using var container = _docker.StartSh(Plain, Count);
        container.WaitForLog("<2>");
        _docker.Call("checkpoint", "create", container.Name, "refused").Exits(1).Complains("criu failed: type DUMP");
        Assert.Equal("running", container.Status);
        var seen = container.Logs().Lines.Count;
        Until.True(() => container.Logs().Lines.Count > seen, "further numbers");
    }
}
