using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Anocir.Actors.Containers;
using Anocir.Actors.Monitoring;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Ipc;
using Xunit;

namespace Anocir.Actors.Tests.Monitoring;

public sealed class EventFeedTests() : TestKit(
    ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.test.single-expect-default = 20s").WithFallback(Files.Hocon("supervisor.conf")))
{
    private static readonly TimeSpan _never = TimeSpan.FromHours(1);

    [Fact]
    public async Task Next_line_waits_until_the_last_was_taken()
    {
        var (feed, follower) = Start(TimeSpan.FromMilliseconds(1));
        await follower.ExpectMsgAsync<EventLine>();
        // Ticks go by, and nobody takes the line.
        await follower.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(200));
        feed.Tell(new LineTaken());
        await follower.ExpectMsgAsync<EventLine>();
    }

    [Fact]
    public async Task Want_of_memory_is_counted_while_a_follower_is_slow()
    {
        var (feed, follower) = Start(_never);
        for (var i = 0; i < 5; i++) feed.Tell(new EventFeed.OutOfMemory());
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("""{"type":"oom","id":"c+1"}""", (await follower.ExpectMsgAsync<EventLine>()).Json);
            feed.Tell(new LineTaken());
        }

        await follower.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Follower_that_never_takes_a_line_costs_no_more_than_a_number()
    {
        var (feed, follower) = Start(_never);
        for (var i = 0; i < 5000; i++) feed.Tell(new EventFeed.OutOfMemory());
        feed.Tell(new EventFeed.Finish());
        var lines = 0;
        while (await follower.ExpectMsgAsync<object>() is EventLine)
        {
            lines++;
            feed.Tell(new LineTaken());
        }

        Assert.InRange(lines, 1024, 1026);
    }

    [Fact]
    public async Task End_of_the_container_comes_behind_what_happened_before()
    {
        var (feed, follower) = Start(_never);
        await WatchAsync(feed);
        feed.Tell(new EventFeed.OutOfMemory());
        feed.Tell(new EventFeed.Finish());
        await follower.ExpectMsgAsync<EventLine>();
        feed.Tell(new LineTaken());
        Assert.Equal(Answer.Done, await follower.ExpectMsgAsync<Answer>());
        await ExpectTerminatedAsync(feed);
    }

    [Fact]
    public async Task Follower_that_is_gone_ends_its_feed()
    {
        var (feed, follower) = Start(TimeSpan.FromMilliseconds(1));
        await WatchAsync(feed);
        Sys.Stop(follower.Ref);
        await ExpectTerminatedAsync(feed);
    }

    [Fact]
    public async Task Feed_that_falls_tells_its_follower()
    {
        var (feed, follower) = Start(_never);
        Sys.Stop(feed);
        Assert.Contains("the feed of its events has ended", (await follower.ExpectMsgAsync<Answer>()).Error, StringComparison.Ordinal);
    }

    private (IActorRef Feed, TestProbe Follower) Start(TimeSpan interval)
    {
        var follower = CreateTestProbe();
        return (Sys.ActorOf(EventFeed.Props("c+1", Cgroup.Open(CgroupHost.Detect(), []), follower.Ref, interval)), follower);
    }
}
