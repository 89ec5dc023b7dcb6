using System.Net.Sockets;

namespace Anocir.Runtime.Tests.Fields;

/// <summary>linux.seccomp.listenerPath: an agent decides, and says EXDEV, which no rule and no file system here would.</summary>
public sealed class SeccompListenerTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const int Exdev = 18;

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Agent_gets_the_state_and_decides(bool noNewPrivileges)
    {
        using var agent = Agent();
        using var container = runtime.Container(c => Notify(c, agent, "mkdir", "mkdirat")
            .Set("linux.seccomp.listenerMetadata", "\"some data\"")
            .Set("annotations", """{"org.test.key":"value"}""")
            .Set("process.noNewPrivileges", noNewPrivileges ? "true" : "false")
            .Script("mkdir /tmp/x 2>&1; echo after; grep Seccomp: /proc/self/status"));
        agent.Serve();
        container.Create().Ok();
        Assert.Empty(agent.States);
        container.Start().Ok();
        container.WaitForOutput("Seccomp");
        Assert.Contains("Cross-device link\nafter\nSeccomp:\t2", container.Output.Replace("Invalid cross-device", "Cross-device", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.True(agent.Answered > 0);
        var state = Assert.Single(agent.States);
        Assert.Equal("seccompFd", (string?)Assert.Single(state["fds"]!.AsArray()));
        Assert.Equal("some data", (string?)state["metadata"]);
        Assert.NotNull((string?)state["ociVersion"]);
        Assert.Equal(container.Id, (string?)state["state"]!["id"]);
        Assert.Equal("created", (string?)state["state"]!["status"]);
        Assert.Equal((int)state["pid"]!, (int)state["state"]!["pid"]!);
        Assert.Equal(container.Bundle.Directory, (string?)state["state"]!["bundle"]);
        Assert.Equal("value", (string?)state["state"]!["annotations"]!["org.test.key"]);
    }

    [SkippableFact]
    public void Agent_may_decide_over_execve_itself()
    {
        using var agent = Agent();
        using var container = runtime.Container(c => Notify(c, agent, "execve").Script("true"));
        agent.Serve();
        container.Create().Ok();
        // The agent refuses the program itself: the start fails with the agent's word.
        var message = ErrorLine.MessageOf(container.Start().Exits(1));
        Assert.Contains("exec /bin/sh", message, StringComparison.Ordinal);
        Assert.Contains("cross-device", message, StringComparison.OrdinalIgnoreCase);
    }

    [SkippableFact]
    public void Process_of_an_exec_has_a_listener_of_its_own()
    {
        using var agent = Agent();
        using var container = runtime.Container(c => Notify(c, agent, "mkdir", "mkdirat").Args("/bin/sleep", "1000"));
        agent.Serve();
        container.Run("--detach").Ok();
        agent.Serve();
        var result = runtime.Call("exec", container.Id, "/bin/mkdir", "/tmp/y");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("ross-device link", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, agent.States.Count);
        Assert.NotEqual((int)agent.States[0]["pid"]!, (int)agent.States[1]["pid"]!);
        Assert.Equal(container.Pid, (int)agent.States[1]["state"]!["pid"]!);
        Assert.Equal("running", (string?)agent.States[1]["state"]!["status"]);
    }

    [SkippableFact]
    public void Agent_that_is_not_there_fails_the_creation()
    {
        runtime.Require();
        using var agent = Agent();
        using var container = runtime.Container(c => Notify(c, agent, "mkdir").Set("linux.seccomp.listenerPath", "\"/tmp/no/agent.sock\""));
        Assert.Contains("failed to connect with seccomp agent", ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Agent_that_ended_after_the_creation_fails_the_start()
    {
        runtime.RequireAnocir("runc speaks to the agent at creation");
        using var agent = Agent();
        using var container = runtime.Container(c => Notify(c, agent, "mkdir").Script("echo ran"));
        container.Create().Ok();
        agent.Dispose();
        Assert.Contains("failed to connect with seccomp agent", ErrorLine.MessageOf(container.Start().Exits(1)), StringComparison.Ordinal);
        container.WaitForStatus("stopped");
        Assert.DoesNotContain("ran", container.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Run_without_its_agent_leaves_nothing()
    {
        runtime.RequireAnocir("runc speaks to the agent at creation");
        using var agent = Agent();
        // A socket, and nobody whom a stream could reach.
        var path = runtime.Scratch.File("datagrams.sock");
        using var datagrams = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        datagrams.Bind(new UnixDomainSocketEndPoint(path));
        using var container = runtime.Container(c => Notify(c, agent, "mkdir").Set("linux.seccomp.listenerPath", $"\"{path}\""));
        var result = container.Run();
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("failed to connect with seccomp agent", result.Error, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Filter_without_notifications_needs_no_agent()
    {
        runtime.Require();
        using var container = runtime.Container(c => c
            .Set("linux.seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/tmp/no/agent.sock","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":18}]}""")
            .Script("mkdir /tmp/x 2>&1"));
        container.Run();
        Assert.Contains("ross-device", container.Output, StringComparison.Ordinal);
    }

    private SeccompAgent Agent()
    {
        runtime.Require();
        return new SeccompAgent(runtime, Exdev);
    }

    private static JsonObject Notify(JsonObject config, SeccompAgent agent, params string[] calls) => config.Set("linux.seccomp",
        $$"""{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"{{agent.Path}}","syscalls":[{"names":[{{string.Join(',', calls.Select(c => $"\"{c}\""))}}],"action":"SCMP_ACT_NOTIFY"}]}""");
}
