using Anocir.Platform.Ipc;
using Anocir.Platform.Processes;
using Anocir.Platform.Rootfs;

namespace Anocir.Platform.Launch;

/// <summary>
/// All that init will do, in the order it does it: enter the cgroups, become root of its user namespace, build the root filesystem,
/// wait for the runtime's hooks, run its own, enter the root, open the terminal, prepare the process, say that it is ready, wait for
/// start, run startContainer hooks, become the user's program.
/// </summary>
/// <remarks>
/// Descriptors of the frame: the start socket, the console socket if there is one, a <c>tasks</c> file for each v1 hierarchy, then the
/// sources of <see cref="OpenedSources"/>.
/// </remarks>
public sealed record InitPlan
{
    /// <summary>The container has a user namespace, made or joined: init becomes its root first.</summary>
    public bool UserNamespace { get; init; }
    /// <summary>A new cgroup namespace shows the cgroup that init is in when it is made, so init makes it.</summary>
    public bool NewCgroupNamespace { get; init; }
    /// <summary>A new network namespace has its loopback down.</summary>
    public bool BringLoopbackUp { get; init; }
    /// <summary>Without a mount namespace of its own a container keeps the runtime's root.</summary>
    public bool OwnMounts { get; init; } = true;
    /// <summary>prestart or createRuntime hooks wait to be run by the supervisor.</summary>
    public bool RuntimeHooks { get; init; }
    public bool ConsoleSocket { get; init; }
    public int CgroupCount { get; init; }
    /// <summary>
    /// Indexes of mounts whose sources come as detached trees: in a user namespace init has not the rights to walk to what its caller
    /// may bind.
    /// </summary>
    public IReadOnlyList<int> OpenedSources { get; init; } = [];
    public required RootfsPlan Rootfs { get; init; }
    /// <summary>Null where the config has none: such a container can be created, never started.</summary>
    public ProcessPlan? Process { get; init; }
    public IReadOnlyList<HookPlan> CreateContainer { get; init; } = [];
    public IReadOnlyList<HookPlan> StartContainer { get; init; } = [];
    /// <summary>The state for those hooks, less the pid: only init knows its own in the container's pid namespace.</summary>
    public string CreateContainerState { get; init; } = "";
    public string StartContainerState { get; init; } = "";
    /// <summary>Where init appends its phases (<see cref="Diagnostics.PhaseTrace"/>), or empty.</summary>
    public string TracePath { get; init; } = "";

    public WireWriter Write(WireWriter w)
    {
        w.Bool(UserNamespace).Bool(NewCgroupNamespace).Bool(BringLoopbackUp).Bool(OwnMounts).Bool(RuntimeHooks)
            .Bool(ConsoleSocket).Int(CgroupCount).List(OpenedSources, static (w, i) => w.Int(i));
        Rootfs.Write(w);
        return w.Optional(Process, static (w, p) => p.Write(w))
            .List(CreateContainer, static (w, h) => h.Write(w)).List(StartContainer, static (w, h) => h.Write(w))
            .String(CreateContainerState).String(StartContainerState).String(TracePath);
    }

    public static InitPlan Read(WireReader r) => new()
    {
        UserNamespace = r.Bool(),
        NewCgroupNamespace = r.Bool(),
        BringLoopbackUp = r.Bool(),
        OwnMounts = r.Bool(),
        RuntimeHooks = r.Bool(),
        ConsoleSocket = r.Bool(),
        CgroupCount = r.Int(),
        OpenedSources = r.List(static r => r.Int()),
        Rootfs = RootfsPlan.Read(r),
        Process = r.Optional(ProcessPlan.Read),
        CreateContainer = r.List(HookPlan.Read),
        StartContainer = r.List(HookPlan.Read),
        CreateContainerState = r.String(),
        StartContainerState = r.String(),
        TracePath = r.String(),
    };
}
