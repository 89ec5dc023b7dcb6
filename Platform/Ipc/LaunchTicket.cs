using Anocir.Platform.Network;
using Anocir.Platform.Rootfs;

namespace Anocir.Platform.Ipc;

/// <summary>
/// How the caller is to clone init, or a process that joins it. Descriptors of the frame, in order: init's end of its channel, the sealed executable,
/// the cgroup v2 directory when <see cref="IntoCgroup"/>, then one namespace, or the pidfd of a process in it, for each of <see cref="Joined"/>.
/// </summary>
/// <param name="CloneFlags">CLONE_NEW* of the namespaces to make.</param>
/// <param name="Joined">CLONE_NEW* of each namespace to join, in the order to join them; several at once where a pidfd stands for them.</param>
/// <param name="AwaitIdMaps">The user namespace is new: the child waits for <see cref="FrameKind.Continue"/> before it becomes its root.</param>
/// <param name="Exec">The child joins a running container.</param>
public sealed record LaunchTicket(long CloneFlags, bool IntoCgroup, IReadOnlyList<int> Joined, bool AwaitIdMaps, bool Exec = false)
{
    /// <summary>Mappings of idmapped mounts. A user namespace with each is made beside init, and handed back with its pidfd, in this order.</summary>
    public IReadOnlyList<IdMapPlan> UserNamespaces { get; init; } = [];

    /// <summary>Devices of the caller's network namespace for the container's.</summary>
    public IReadOnlyList<NetDevicePlan> NetDevices { get; init; } = [];

    /// <summary>Lines of /proc/PID/timens_offsets (clock, seconds, nanoseconds) for a new time namespace; null where none is made.</summary>
    public string? TimeOffsets { get; init; }

    /// <summary>For a process that joins a user namespace, where it has no privilege to set it any more.</summary>
    public int? OomScoreAdj { get; init; }

    public WireWriter Write(WireWriter w) => w.Long(CloneFlags).Bool(IntoCgroup).List(Joined, static (w, j) => w.Int(j)).Bool(AwaitIdMaps).Bool(Exec)
        .List(UserNamespaces, IdMapPlan.Write).List(NetDevices, NetDevicePlan.Write).String(TimeOffsets).OptionalInt(OomScoreAdj);

    public static LaunchTicket Read(WireReader r) => new(r.Long(), r.Bool(), r.List(static r => r.Int()), r.Bool(), r.Bool())
    {
        UserNamespaces = r.List(IdMapPlan.Read),
        NetDevices = r.List(NetDevicePlan.Read),
        TimeOffsets = r.OptionalString(),
        OomScoreAdj = r.OptionalInt(),
    };
}
