using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Anocir.Actors.Journal;
using Anocir.Actors.Scheduling;
using Xunit;

namespace Anocir.Actors.Tests.Scheduling;

public sealed class TimerSchedulerTests() : TestKit(ConfigurationFactory.ParseString("akka.loglevel = OFF").WithFallback(Files.Hocon("supervisor.conf")))
{
    [Fact]
    public async Task Message_arrives_after_its_delay_once()
    {
        Assert.IsType<TimerScheduler>(Sys.Scheduler);
        var watch = Stopwatch.StartNew();
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(100), TestActor, "due", ActorRefs.NoSender);
        await ExpectMsgAsync("due", TimeSpan.FromSeconds(10));
        Assert.True(watch.ElapsedMilliseconds >= 95, $"after {watch.ElapsedMilliseconds} ms");
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task Message_repeats_until_it_is_cancelled()
    {
        using var cancelable = new Cancelable(Sys.Scheduler);
        Sys.Scheduler.ScheduleTellRepeatedly(TimeSpan.Zero, TimeSpan.FromMilliseconds(10), TestActor, "tick", ActorRefs.NoSender, cancelable);
        for (var i = 0; i < 5; i++) await ExpectMsgAsync("tick", TimeSpan.FromSeconds(10));
        cancelable.Cancel();
        await ReceiveWhileAsync<object>(_ => true, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(50)).ToListAsync();
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Message_that_is_cancelled_before_it_is_due_never_arrives()
    {
        using var cancelable = new Cancelable(Sys.Scheduler);
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(50), TestActor, "due", ActorRefs.NoSender, cancelable);
        cancelable.Cancel();
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.Zero, TestActor, "never", ActorRefs.NoSender, cancelable);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task Action_that_throws_stops_no_other()
    {
        Sys.Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, () => throw new InvalidOperationException("bad action"));
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(20), TestActor, "due", ActorRefs.NoSender);
        await ExpectMsgAsync("due", TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Delay_longer_than_a_timer_can_wait_is_accepted()
    {
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromDays(365), TestActor, "late", ActorRefs.NoSender);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task Receive_timeout_and_keyed_timers_of_actors_work()
    {
        var actor = Sys.ActorOf(Props.Create<Sleeper>(TestActor));
        await ExpectMsgAsync("timer", TimeSpan.FromSeconds(10));
        await ExpectMsgAsync("silent", TimeSpan.FromSeconds(10));
        Sys.Stop(actor);
    }

    [Fact]
    public async Task Supervisor_without_work_wakes_no_thread()
    {
        var directory = Files.NewDirectory();
        try
        {
            var journal = JournalSettings.At(Path.Combine(directory.FullName, "journal.db")).Root.ToString();
            var config = string.Join('\n',
                await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "HOCON", "supervisor.conf")),
                await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "HOCON", "persistence.conf")),
                journal,
                """
                akka.actor.serializers.test = "Anocir.Actors.Tests.Journal.JournalEventSerializer, Anocir.Actors.Tests"
                akka.actor.serialization-bindings { "Anocir.Actors.Tests.Journal.JournalEvent, Anocir.Actors.Tests" = test }
                """);
            using var process = Process.Start(Files.ThisAssembly("idle", config))!;
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal(0, process.ExitCode);
            var usage = output.Split('\n').Single(line => line.StartsWith("usage ", StringComparison.Ordinal)).Split(' ').Skip(1).Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            // The stock scheduler makes about 300 switches in these three seconds; the runtime's own housekeeping a few.
            Assert.InRange(usage[0], 0, 60);
            Assert.InRange(usage[1], 0, 50_000);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private sealed class Sleeper : UntypedActor, IWithTimers
    {
        private readonly IActorRef _probe;

        public Sleeper(IActorRef probe)
        {
            _probe = probe;
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => Timers.StartSingleTimer("key", "timer", TimeSpan.FromMilliseconds(20));

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case "timer":
                    _probe.Tell("timer");
                    Context.SetReceiveTimeout(TimeSpan.FromMilliseconds(50));
                    break;
                case ReceiveTimeout:
                    _probe.Tell("silent");
                    Context.SetReceiveTimeout(null);
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }
    }
}
