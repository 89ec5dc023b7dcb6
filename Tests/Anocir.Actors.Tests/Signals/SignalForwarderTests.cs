using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Anocir.Actors.Signals;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Processes;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;
using Xunit;
using PlatformSys = Anocir.Platform.Syscalls.Sys;

namespace Anocir.Actors.Tests.Signals;

public sealed class SignalForwarderTests : TestKit
{
    private readonly Reactor _reactor = new();
    private readonly ChildProcess _child;

    public SignalForwarderTests() : base(ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.test.single-expect-default = 20s").WithFallback(Files.Hocon("supervisor.conf"))) =>
        _child = ChildProcess.Start(
            new ChildProcessStart { Path = "/bin/sleep", Arguments = ["sleep", "600"], Environment = [], WorkingDirectory = "/", OutputLimit = 100 }, _reactor);

    protected override void AfterAll()
    {
        base.AfterAll();
        _child.KillGroup();
        _child.Completion.Wait(TimeSpan.FromSeconds(20));
        _reactor.Dispose();
    }

    [Theory]
    [InlineData(2, "signal: interrupt")]
    [InlineData(9, "signal: killed")]
    [InlineData(15, "signal: terminated")]
    public async Task Signal_is_delivered_as_it_is_and_told_of(int signal, string end)
    {
        var caller = CreateTestProbe();
        var request = new SignalForwarder.Deliver(signal, All: false, caller.Ref, "operation");
        Forwarder().Tell(request);
        Assert.Equal(new SignalForwarder.Delivered(request, null), await ExpectMsgAsync<SignalForwarder.Delivered>());
        Assert.Equal(end, (await _child.Completion.WaitAsync(TimeSpan.FromSeconds(20))).Describe());
    }

    [Fact]
    public async Task Process_that_has_ended_is_not_running()
    {
        var forwarder = Forwarder();
        _child.KillGroup();
        await _child.Completion.WaitAsync(TimeSpan.FromSeconds(20));
        forwarder.Tell(new SignalForwarder.Deliver(15, All: false, null));
        Assert.Equal("container not running: no such process", (await ExpectMsgAsync<SignalForwarder.Delivered>()).Failure);
    }

    [Fact]
    public async Task Number_that_is_no_signal_is_told_by_its_errno()
    {
        Forwarder().Tell(new SignalForwarder.Deliver(999, All: false, null));
        Assert.Equal("send signal 999: EINVAL (invalid argument)", (await ExpectMsgAsync<SignalForwarder.Delivered>()).Failure);
    }

    [Fact]
    public async Task Requests_in_front_of_the_end_are_carried_out_and_the_pidfd_is_closed_then()
    {
        var pidfd = PlatformSys.TryOpenProcess(_child.Pid, out _)!;
        var forwarder = Forwarder(pidfd);
        Watch(forwarder);
        forwarder.Tell(new SignalForwarder.Deliver(0, All: false, null));
        forwarder.Tell(PoisonPill.Instance);
        Assert.Null((await ExpectMsgAsync<SignalForwarder.Delivered>()).Failure);
        await ExpectTerminatedAsync(forwarder);
        await AwaitConditionAsync(() => Task.FromResult(pidfd.IsClosed), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Signal_to_all_of_a_container_without_a_cgroup_reaches_nobody()
    {
        var request = new SignalForwarder.Deliver(15, All: true, null);
        Forwarder().Tell(request);
        Assert.Equal(new SignalForwarder.Delivered(request, null), await ExpectMsgAsync<SignalForwarder.Delivered>());
        Assert.False(_child.Completion.IsCompleted);
    }

    private IActorRef Forwarder(FdHandle? pidfd = null) => ChildActorOf(
        SignalForwarder.Props(pidfd ?? PlatformSys.TryOpenProcess(_child.Pid, out _)!, Cgroup.Open(CgroupHost.Detect(), [])));
}
