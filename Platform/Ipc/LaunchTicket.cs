namespace Anocir.Platform.Ipc;

/// <summary>
/// How the caller is to clone init. Descriptors of the frame, in order: init's end of its channel, the sealed executable,
/// the cgroup v2 directory when <see cref="IntoCgroup"/>, then one namespace for each of <see cref="Joined"/>.
/// </summary>
/// <param name="CloneFlags">CLONE_NEW* of the namespaces to make.</param>
/// <param name="Joined">CLONE_NEW* of each namespace to join, in the order to join them.</param>
/// <param name="AwaitIdMaps">The user namespace is new: the child waits for <see cref="FrameKind.Continue"/> before it becomes its root.</param>
public sealed record LaunchTicket(long CloneFlags, bool IntoCgroup, IReadOnlyList<int> Joined, bool AwaitIdMaps)
{
    public WireWriter Write(WireWriter w) => w.Long(CloneFlags).Bool(IntoCgroup).List(Joined, static (w, j) => w.Int(j)).Bool(AwaitIdMaps);

    public static LaunchTicket Read(WireReader r) => new(r.Long(), r.Bool(), r.List(static r => r.Int()), r.Bool());
}
