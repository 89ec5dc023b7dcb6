using System.Buffers.Binary;
using System.Net.Sockets;
using Anocir.Platform.Ipc;
using Anocir.Supervisor.Tests.Running;
using Xunit;

namespace Anocir.Supervisor.Tests.Endpoint;

/// <summary>Callers that send what is no request: the supervisor stays, says so in its log, and answers the others.</summary>
public sealed class HostileCallerTests : IDisposable
{
    private readonly Sandbox? _sandbox;

    public HostileCallerTests()
    {
        if (Environment.IsPrivilegedProcess && File.Exists(Programs.Busybox)) _sandbox = new Sandbox();
    }

    private Sandbox Started
    {
        get
        {
            Skip.If(_sandbox is null, "needs root and busybox to run containers");
            _sandbox.Run("list").Ok();
            return _sandbox;
        }
    }

    public void Dispose() => _sandbox?.Dispose();

    public static TheoryData<string, byte[]> Garbage => new()
    {
        { "one byte", [1] },
        { "a kind that is none", [250, 0, 1, 2, 3] },
        { "a frame of init's", [(byte)FrameKind.Ready, 0] },
        { "a frame of the supervisor's own", [(byte)FrameKind.Answer, 0, 255, 255, 255, 255] },
        { "a request without a body", [(byte)FrameKind.Request, 0] },
        { "a request that announces more than there is", [(byte)FrameKind.Request, 0, 255, 255, 255, 127, 65, 65] },
        { "a request of a negative length", [(byte)FrameKind.Request, 0, 0, 0, 0, 128] },
        { "a body in a descriptor that did not come", [(byte)FrameKind.Request, 1] },
        { "a signal before a request", [(byte)FrameKind.Signal, 0, 9, 0, 0, 0] },
        { "launched before a request", [(byte)FrameKind.Launched, 0, 1, 0, 0, 0] },
        { "noise", [.. Enumerable.Range(0, 60_000).Select(i => (byte)(i * 7919 >> 3))] },
        { "more than the longest packet", [(byte)FrameKind.Request, 0, .. new byte[100_000]] },
    };

    [SkippableTheory]
    [MemberData(nameof(Garbage))]
    public void Caller_that_sends_garbage_is_turned_away_and_others_are_served(string what, byte[] packet)
    {
        var sandbox = Started;
        var supervisor = sandbox.Supervisor;
        using var client = new RawClient(sandbox);
        client.Say(packet);

        Assert.True(client.IsEnded, $"{what}: the connection stays open");
        sandbox.Run("list").Ok();
        Assert.Equal(supervisor, sandbox.Supervisor);
        Until.Holds("the log speaks of it", () => sandbox.Log.Contains("sent what is no request", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Request_whose_fields_are_cut_off_at_any_byte_hurts_nobody()
    {
        var sandbox = Started;
        var supervisor = sandbox.Supervisor;
        sandbox.RunDetached("c", "sleep", "3600").Ok();
        // The build's name is in every frame that the command line sends; the journal's neighbour, the log, does not have it.
        var whole = Request(sandbox);
        for (var length = 2; length < whole.Length; length += 3)
        {
            using var client = new RawClient(sandbox);
            client.Say(whole[..length]);
            Assert.True(client.IsEnded, $"{length} bytes of a request: the connection stays open");
        }

        Assert.Equal("running", sandbox.State("c").Status);
        Assert.Equal(supervisor, sandbox.Supervisor);
    }

    [SkippableTheory]
    [InlineData(Verb.Create)]
    [InlineData(Verb.Exec)]
    [InlineData(Verb.Update)]
    [InlineData(Verb.Events)]
    [InlineData((Verb)200)]
    public void Request_without_what_its_verb_needs_is_turned_away(Verb verb)
    {
        var sandbox = Started;
        var supervisor = sandbox.Supervisor;
        sandbox.RunDetached("c", "sleep", "3600").Ok();
        var request = Request(sandbox);
        // Behind kind, flags and the name of the build.
        request[2 + 4 + BinaryPrimitives.ReadInt32LittleEndian(request.AsSpan(2))] = (byte)verb;
        using var client = new RawClient(sandbox);
        client.Say(request);
        Assert.True(client.IsEnded, $"{verb}: the connection stays open");
        Assert.Equal("running", sandbox.State("c").Status);
        Assert.Equal(supervisor, sandbox.Supervisor);
    }

    [SkippableFact]
    public void Follower_that_says_it_took_what_it_never_read_is_let_go()
    {
        var sandbox = Started;
        var supervisor = sandbox.Supervisor;
        sandbox.RunDetached("c", "sleep", "3600").Ok();
        var request = Request(sandbox, "events", "--interval", "1ms", "c");
        using var client = new RawClient(sandbox);
        client.Say(request);
        Until.Holds("its connection is ended", () =>
        {
            try
            {
                for (var i = 0; i < 10; i++) client.Say(FrameKind.Taken, new WireWriter());
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        });
        Assert.Contains("\"stats\"", sandbox.Run("events", "--stats", "c").Ok().Output, StringComparison.Ordinal);
        Assert.Equal(supervisor, sandbox.Supervisor);
    }

    [SkippableFact]
    public void Caller_that_says_nothing_delays_nobody()
    {
        var sandbox = Started;
        var clients = Enumerable.Range(0, 50).Select(_ => new RawClient(sandbox)).ToList();
        var call = sandbox.Run("list").Ok();
        Assert.True(call.Took < TimeSpan.FromSeconds(10), $"list took {call.Took}");
        var descriptors = Directory.GetFiles($"/proc/{sandbox.Supervisor}/fd").Length;
        clients.ForEach(c => c.Dispose());
        Until.Holds("their descriptors are closed", () => Directory.GetFiles($"/proc/{sandbox.Supervisor}/fd").Length <= descriptors - 50);
    }

    [SkippableFact]
    public void Caller_that_names_no_build_is_turned_away_and_the_supervisor_stays()
    {
        var sandbox = Started;
        var supervisor = sandbox.Supervisor;
        foreach (var build in new[] { "", "A", "0.1.0", new string('x', 5000), "0.1.0/zz" })
        {
            using var client = new RawClient(sandbox);
            client.SayBuild(build);
            Assert.True(client.IsEnded, $"build \"{build}\": the connection stays open");
        }

        sandbox.Run("list").Ok();
        Assert.Equal(supervisor, sandbox.Supervisor);
    }

    [SkippableFact]
    public void Caller_of_another_build_makes_the_supervisor_give_way_and_containers_go_on()
    {
        var sandbox = Started;
        sandbox.RunDetached("c", "sleep", "3600").Ok();
        var (_, pid) = sandbox.State("c");
        var supervisor = sandbox.Supervisor;
        using var client = new RawClient(sandbox);
        client.SayBuild("0.0.9/" + new string('0', 32));

        Assert.Equal(FrameKind.WrongSupervisor, client.Hear());
        Until.Holds("it has ended", () => !Processes.Lives(supervisor));
        Assert.Equal(("running", pid), sandbox.State("c"));
        Assert.NotEqual(supervisor, sandbox.Supervisor);
    }

    [SkippableFact]
    public void Callers_that_are_killed_in_the_middle_leave_no_descriptor_behind()
    {
        var sandbox = Started;
        var bundle = sandbox.Bundles.Make("c", ["sleep", "3600"]);
        Live();
        var before = Directory.GetFiles($"/proc/{sandbox.Supervisor}/fd").Length;
        var supervisor = sandbox.Supervisor;
        var random = new Random(1);
        for (var i = 0; i < 40; i++)
        {
            using var call = sandbox.Begin(["create", "--bundle", bundle, "c"]);
            // Not a wait for anything: the moment of the kill is what varies.
            Thread.Sleep(random.Next(25));
            call.Kill();
            call.End();
            Until.Holds("c can be deleted", () => sandbox.Run("delete", "-f", "c").Code == 0);
        }

        Live();
        Until.Holds("descriptors are closed", () => Directory.GetFiles($"/proc/{supervisor}/fd").Length <= before, TimeSpan.FromSeconds(10));
        Assert.Equal(supervisor, sandbox.Supervisor);
        sandbox.AssertNothingIsLeft();

        void Live()
        {
            sandbox.Run("create", "--bundle", bundle, "c").Ok();
            sandbox.Run("delete", "-f", "c").Ok();
        }
    }

    /// <summary>A request as the command line writes it, read off a socket of ours that stands in the supervisor's place.</summary>
    private static byte[] Request(Sandbox sandbox, params string[] arguments)
    {
        var hidden = sandbox.SocketPath + ".hidden";
        File.Move(sandbox.SocketPath, hidden);
        var listener = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Seqpacket, System.Net.Sockets.ProtocolType.Unspecified);
        try
        {
            listener.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(sandbox.SocketPath));
            listener.Listen();
            using var call = sandbox.Begin(arguments.Length == 0 ? ["state", "c"] : arguments);
            using var connection = listener.Accept();
            var buffer = new byte[65536];
            var length = connection.Receive(buffer);
            call.Kill();
            call.End();
            return buffer[..length];
        }
        finally
        {
            // .NET removes the file with the socket, so before the other one takes its place.
            listener.Dispose();
            File.Move(hidden, sandbox.SocketPath, overwrite: true);
        }
    }
}
