using Akka.Actor;
using Anocir.Actors.Containers;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Cgroups.Statistics;
using Anocir.Platform.Ipc;

namespace Anocir.Actors.Monitoring;

/// <summary>
/// Brings one follower the statistics and the want of memory of a container. One line is on its way at a time: while a follower does
/// not take it, statistics that come due are left out but for the newest, and what happened is counted; so a slow one costs nothing.
/// Ends with the container, which the follower is told, or with the follower.
/// </summary>
public sealed class EventFeed : UntypedActor, IWithTimers
{
    /// <summary>Want of memory that a follower is behind with; more is not told.</summary>
    private const int MaxBehind = 1024;

    private readonly string _id;
    private readonly Cgroup _cgroup;
    private readonly IActorRef _follower;
    private readonly TimeSpan _interval;
    private int _outOfMemory;
    private bool _due;
    private bool _reading;
    private bool _untaken;
    private bool _finishing;
    private bool _answered;

    public EventFeed(string id, Cgroup cgroup, IActorRef follower, TimeSpan interval)
    {
        _id = id;
        _cgroup = cgroup;
        _follower = follower;
        _interval = interval;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(string id, Cgroup cgroup, IActorRef follower, TimeSpan interval) => Akka.Actor.Props.Create<EventFeed>(id, cgroup, follower, interval);

    protected override void PreStart()
    {
        Context.Watch(_follower);
        Timers.StartPeriodicTimer("statistics", new StatisticsDue(), _interval);
    }

    protected override void PostStop()
    {
        // When the whole supervisor ends, the follower sees the end of its connection, and goes on at the next one.
        if (!_answered && CoordinatedShutdown.Get(Context.System).ShutdownReason is null)
            _follower.Tell(new Answer($"container {_id}: the feed of its events has ended; the supervisor's log says why"));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StatisticsDue: _due = true; break;
            case OutOfMemory: _outOfMemory = Math.Min(_outOfMemory + 1, MaxBehind); break;
            case Finish: _finishing = true; break;
            case LineTaken: _untaken = false; break;
            case StatisticsRead m:
                _reading = false;
                // Null: the cgroup is going; the container's end comes next.
                if (m.Line is { } line) Send(line);
                break;
            case Terminated:
                _answered = true;
                Context.Stop(Self);
                return;
            default:
                Unhandled(message);
                return;
        }

        if (!_untaken && !_reading && !_answered) SendNext();
    }

    private void SendNext()
    {
        if (_outOfMemory > 0)
        {
            _outOfMemory--;
            Send(StatisticsEvent.OutOfMemory(_id).ToLine());
        }
        else if (_finishing)
        {
            _answered = true;
            _follower.Tell(Answer.Done);
            Context.Stop(Self);
        }
        else if (_due)
        {
            (_due, _reading) = (false, true);
            var (id, cgroup) = (_id, _cgroup);
            Task.Run(() => new StatisticsRead(StatisticsEvent.Of(id, cgroup.Statistics()).ToLine())).PipeTo(Self, Self, s => s, _ => new StatisticsRead(null));
        }
    }

    private void Send(string line)
    {
        _untaken = true;
        _follower.Tell(new EventLine(line));
    }

    /// <summary>From the container: the kernel killed a process for want of memory.</summary>
    public sealed record OutOfMemory;

    /// <summary>From the container: it has ended.</summary>
    public sealed record Finish;

    private sealed record StatisticsDue;

    private sealed record StatisticsRead(string? Line);
}
