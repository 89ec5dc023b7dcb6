using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Anocir.Actors.Consoles;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;
using Anocir.Platform.Waiting;
using Xunit;
using PlatformSys = Anocir.Platform.Syscalls.Sys;

namespace Anocir.Actors.Tests.Consoles;

public sealed class ConsoleRelayTests() : TestKit(
    ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.test.single-expect-default = 20s").WithFallback(Files.Hocon("supervisor.conf")))
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Reactor _reactor = new();
    private readonly PseudoTerminal _containers = new();
    private readonly PseudoTerminal _callers = new();

    protected override void AfterAll()
    {
        base.AfterAll();
        _reactor.Dispose();
        _containers.Dispose();
        _callers.Dispose();
    }

    [Fact]
    public async Task Both_ways_are_copied_between_terminals()
    {
        Relay(_callers.Slave, _callers.Slave);
        Write(_containers.Slave, "$ ");
        Assert.Equal("$ ", await ReadAsync(_callers.Master, 2));
        Write(_callers.Master, "ls\n");
        Assert.Equal("ls\n", await ReadAsync(_containers.Slave, 3));
        Write(_containers.Slave, "bin etc\n");
        Assert.Equal("bin etc\n", await ReadAsync(_callers.Master, 8));
    }

    [Fact]
    public async Task Callers_terminal_stays_as_its_other_users_have_it()
    {
        Relay(_callers.Slave, _callers.Slave);
        Write(_containers.Slave, "x");
        await ReadAsync(_callers.Master, 1);
        Assert.False(PseudoTerminal.IsNonBlocking(_callers.Slave));
    }

    [Theory]
    [InlineData("terminal")]
    [InlineData("pipe")]
    [InlineData("socket")]
    public async Task Long_output_arrives_whole_before_the_drain_is_answered(string kind)
    {
        using var pipe = kind == "socket" ? Pipe.OfSockets() : Pipe.New();
        var (from, to) = kind == "terminal" ? (_callers.Master, _callers.Slave) : (pipe.Read, pipe.Write);
        using var nothing = PlatformSys.Open("/dev/null", PlatformSys.ORdOnly);
        var relay = Relay(nothing, to);
        var caller = CreateTestProbe();
        relay.Tell(new ConsoleRelay.Drain(), caller);
        var text = string.Concat(Enumerable.Range(0, 40_000).Select(n => $"line {n}\n"));
        var read = ReadAsync(from, text.Length);
        await Task.Run(() => PlatformSys.WriteAll(_containers.Slave, Encoding.ASCII.GetBytes(text), "slave"));
        await caller.ExpectNoMsgAsync(TimeSpan.Zero);
        _containers.Slave.Dispose();
        await caller.ExpectMsgAsync<Answer>();
        await ExpectMsgAsync<ConsoleRelay.Drained>();
        Assert.Equal(text, await read);
        relay.Tell(new ConsoleRelay.Drain(), caller);
        await caller.ExpectMsgAsync<Answer>();
    }

    [Fact]
    public async Task Long_input_waits_until_the_container_reads_it()
    {
        using var pipe = Pipe.New();
        using var nothing = PlatformSys.Open("/dev/null", PlatformSys.OWrOnly);
        Relay(pipe.Read, nothing);
        var text = new string('x', 300_000);
        var written = Task.Run(() => Write(pipe.Write, text));
        Assert.Equal(text, await ReadAsync(_containers.Slave, text.Length));
        await written.WaitAsync(Patience);
    }

    [Theory]
    [InlineData("terminal")]
    [InlineData("pipe")]
    [InlineData("socket")]
    public async Task Caller_that_does_not_read_holds_no_thread(string kind)
    {
        using var pipe = kind == "socket" ? Pipe.OfSockets() : Pipe.New();
        var (from, to) = kind == "terminal" ? (_callers.Master, _callers.Slave) : (pipe.Read, pipe.Write);
        using var nothing = PlatformSys.Open("/dev/null", PlatformSys.ORdOnly);
        var relay = Relay(nothing, to);
        // Until nobody takes any more: the container waits now, as at a terminal that is stopped.
        var written = Task.Run(() => PlatformSys.WriteAll(_containers.Slave, new byte[2_000_000], "slave"));
        await AwaitConditionAsync(() => Task.FromResult(PlatformSys.Poll(to, 4, 0) == 0), Patience);
        relay.Tell(new ConsoleRelay.Resize(11, 22));
        await AwaitConditionAsync(() => Task.FromResult(WindowSize.Of(_containers.Slave) == new WindowSize(11, 22)), Patience);
        Assert.False(written.IsCompleted);
        await ReadAsync(from, 2_000_000);
        await written.WaitAsync(Patience);
    }

    [Fact]
    public async Task Caller_that_is_gone_holds_nobody_up()
    {
        using var pipe = Pipe.New();
        using var nothing = PlatformSys.Open("/dev/null", PlatformSys.ORdOnly);
        Relay(nothing, pipe.Write);
        pipe.Read.Dispose();
        await Task.Run(() => PlatformSys.WriteAll(_containers.Slave, new byte[500_000], "slave")).WaitAsync(Patience);
        _containers.Slave.Dispose();
        await ExpectMsgAsync<ConsoleRelay.Drained>();
    }

    [Theory]
    [InlineData("")]
    [InlineData("from a file\n")]
    public async Task Input_that_is_always_ready_is_read_to_its_end_and_output_goes_on(string content)
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, content);
        using var input = PlatformSys.Open(content.Length == 0 ? "/dev/null" : path, PlatformSys.ORdOnly);
        File.Delete(path);
        Relay(input, _callers.Slave);
        Assert.Equal(content, await ReadAsync(_containers.Slave, content.Length));
        Write(_containers.Slave, "on");
        Assert.Equal("on", await ReadAsync(_callers.Master, 2));
    }

    [Fact]
    public async Task Output_to_a_file_is_appended_where_the_caller_stands()
    {
        var path = Path.GetTempFileName();
        try
        {
            using var output = PlatformSys.Open(path, PlatformSys.ORdWr);
            Write(output, "before\n");
            using var nothing = PlatformSys.Open("/dev/null", PlatformSys.ORdOnly);
            Relay(nothing, output);
            Write(_containers.Slave, "after\n");
            _containers.Slave.Dispose();
            await ExpectMsgAsync<ConsoleRelay.Drained>();
            Assert.Equal("before\nafter\n", await File.ReadAllTextAsync(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Stopped_relay_answers_who_waits_and_closes_everything()
    {
        var (master, input, output) = (PlatformSys.Duplicate(_containers.Master), PlatformSys.Duplicate(_callers.Slave), PlatformSys.Duplicate(_callers.Slave));
        var relay = Sys.ActorOf(ConsoleRelay.Props(master, input, output, _reactor));
        relay.Tell(new ConsoleRelay.Drain(), TestActor);
        Assert.True(await relay.GracefulStop(Patience));
        await ExpectMsgAsync<Answer>();
        Assert.True(master.IsClosed && input.IsClosed && output.IsClosed);
    }

    private IActorRef Relay(FdHandle input, FdHandle output)
    {
        var props = ConsoleRelay.Props(PlatformSys.Duplicate(_containers.Master), PlatformSys.Duplicate(input), PlatformSys.Duplicate(output), _reactor);
        _containers.Master.Dispose();
        return ChildActorOf(props);
    }

    private static void Write(FdHandle file, string text) => PlatformSys.WriteAll(file, Encoding.ASCII.GetBytes(text), "test");

    private static Task<string> ReadAsync(FdHandle file, int length) => Task.Run(() =>
    {
        var buffer = new byte[length];
        PlatformSys.Read(file, buffer, "test");
        return Encoding.ASCII.GetString(buffer);
    }).WaitAsync(Patience);
}
