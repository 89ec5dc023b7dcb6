using Akka.Actor;
using Anocir.Actors.Seccomp;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Launch;
using Anocir.Platform.Oci;
using Anocir.Platform.Resctrl;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Execs;

/// <summary>One exec, decided: who asked, what is to be done, and where. The descriptors are the session's.</summary>
internal sealed record ExecOrder : IDisposable
{
    private const int NewPid = 0x20000000;

    /// <summary>Counts within the container, from 1.</summary>
    public required int Number { get; init; }
    public required IActorRef Caller { get; init; }
    public required ExecPlan Plan { get; init; }
    /// <summary>A pidfd of the container's init, which stands for its namespaces.</summary>
    public required FdHandle Init { get; init; }
    /// <summary>CLONE_NEW* of those to join.</summary>
    public required int Namespaces { get; init; }
    /// <summary>Opens the doors into the cgroup.</summary>
    public required Func<CgroupEntry> OpenEntry { get; init; }
    /// <summary>Gets the listener of the filter, with this state of the container; null where the filter has none.</summary>
    public SeccompAgent? Agent { get; init; }
    public ContainerState? State { get; init; }
    public ResctrlGroup? Resctrl { get; init; }
    public FdHandle? ConsoleSocket { get; init; }
    public FdHandle? TerminalIn { get; init; }
    public FdHandle? TerminalOut { get; init; }

    /// <summary>The user namespace, which gives the rights, together with all the rest, and the pid namespace by itself: only children enter that.</summary>
    public IReadOnlyList<int> JoinInOrder
    {
        get
        {
            var rest = Namespaces & ~NewPid;
            return (rest, Namespaces & NewPid) switch
            {
                (0, 0) => [],
                (0, _) => [NewPid],
                (_, 0) => [rest],
                _ => [rest, NewPid],
            };
        }
    }

    public void Dispose()
    {
        Init.Dispose();
        ConsoleSocket?.Dispose();
        TerminalIn?.Dispose();
        TerminalOut?.Dispose();
    }
}
