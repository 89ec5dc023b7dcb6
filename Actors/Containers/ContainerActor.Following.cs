using Akka.Actor;
using Anocir.Actors.Monitoring;
using Anocir.Platform.Cgroups.Statistics;
using Anocir.Platform.Ipc;

namespace Anocir.Actors.Containers;

/// <summary>runc's <c>events</c>: statistics, once or again and again, and want of memory, for whoever follows.</summary>
public sealed partial class ContainerActor
{
    private readonly List<IActorRef> _feeds = [];

    private void Follow(FollowEvents command)
    {
        var options = command.Options;
        if (_state.RefuseFollow(_key.Id) is { } refusal)
        {
            Sender.Tell(options.Resumed ? Answer.Done : new Answer(refusal));
            return;
        }

        var (cgroup, id) = (_services.OpenCgroup(_state), _key.Id);
        if (options.StatisticsOnly)
        {
            Task.Run(() => new Answer(null, StatisticsEvent.Of(id, cgroup.Statistics()).ToLine() + "\n")).PipeTo(Sender, Self, a => a, e => new Answer(e.Message));
            return;
        }

        Monitor();
        _feeds.Add(Child(EventFeed.Props(id, cgroup, Sender, TimeSpan.FromMilliseconds(Math.Clamp(options.Interval, 1, int.MaxValue))), "events"));
    }

    private void TellFollowers(object message)
    {
        foreach (var feed in _feeds) feed.Tell(message);
    }
}
