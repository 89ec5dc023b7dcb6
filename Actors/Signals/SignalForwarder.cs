using Akka.Actor;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Signals;

/// <summary>Delivers signals to init by its pidfd, so never to a later process with its pid, or to every process of the container by its cgroup.</summary>
/// <remarks>The pidfd is its own: init's end may close the container's at any moment. To be ended by PoisonPill, behind the last request.</remarks>
public sealed class SignalForwarder : UntypedActor
{
    private readonly FdHandle _pidfd;
    private readonly Cgroup _cgroup;

    public SignalForwarder(FdHandle pidfd, Cgroup cgroup)
    {
        _pidfd = pidfd;
        _cgroup = cgroup;
    }

    public static Props Props(FdHandle pidfd, Cgroup cgroup) => Akka.Actor.Props.Create<SignalForwarder>(pidfd, cgroup);

    protected override void PostStop() => _pidfd.Dispose();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Deliver { All: true } m:
                var cgroup = _cgroup;
                Task.Run(() => cgroup.Kill(m.Signal)).PipeTo(
                    Context.Parent, Self, () => new Delivered(m, null), e => new Delivered(m, e.Message));
                break;
            case Deliver m:
                var errno = Sys.SignalProcess(_pidfd, m.Signal);
                var failure = errno switch
                {
                    0 => null,
                    // The text that engines look for, with the errno's words behind it.
                    Errno.ESRCH => "container not running: no such process",
                    _ => new SyscallException($"send signal {m.Signal}", errno).Message,
                };
                Context.Parent.Tell(new Delivered(m, failure));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Send it. Caller is who asked, and null when nobody waits.</summary>
    public sealed record Deliver(int Signal, bool All, IActorRef? Caller, string Operation = "");

    /// <summary>To the container: how it went.</summary>
    public sealed record Delivered(Deliver Request, string? Failure);
}
