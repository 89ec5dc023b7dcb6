using Akka.Actor;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Monitoring;

/// <summary>Tells the container when the kernel kills a process of it for want of memory.</summary>
public sealed class CgroupMonitor : UntypedActor
{
    private readonly Cgroup _cgroup;
    private readonly IReactor _reactor;
    private OomNotice? _notice;
    private IDisposable? _watch;

    public CgroupMonitor(Cgroup cgroup, IReactor reactor)
    {
        _cgroup = cgroup;
        _reactor = reactor;
    }

    public static Props Props(Cgroup cgroup, IReactor reactor) => Akka.Actor.Props.Create<CgroupMonitor>(cgroup, reactor);

    protected override void PreStart()
    {
        _notice = _cgroup.OpenOomNotice();
        if (_notice is null) return;
        Watch();
    }

    protected override void PostStop()
    {
        _watch?.Dispose();
        _notice?.Dispose();
    }

    protected override void OnReceive(object message)
    {
        if (message is not Noticed)
        {
            Unhandled(message);
            return;
        }

        switch (_notice!.Read())
        {
            case OomReading.OutOfMemory:
                // Version 1 tells before it kills, and counts after.
                var kills = _cgroup.OomKills();
                Context.Parent.Tell(new OutOfMemoryNoticed(kills > 0 ? kills : null));
                Watch();
                break;
            case OomReading.Nothing:
                Watch();
                break;
            case OomReading.Gone:
                break;
        }
    }

    private void Watch()
    {
        var self = Self;
        _watch = _reactor.Watch(_notice!.Descriptor, ReactorEvents.Readable, _ => self.Tell(new Noticed()));
    }

    /// <summary>To the container: kills so far; null where none is counted, or not yet.</summary>
    public sealed record OutOfMemoryNoticed(long? Kills);

    private sealed record Noticed;
}
