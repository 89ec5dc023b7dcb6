using Anocir.Platform.Criu;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>What a container is asked to do. The sender gets an <see cref="Answer"/>.</summary>
public abstract record ContainerCommand;

/// <summary>Create it. Before its answer the sender gets a <see cref="LaunchOrder"/>. The descriptors belong to the receiver.</summary>
public sealed record CreateContainer(string Operation, CreateOptions Options, byte[] Config, uint OwnerUid, int CallerPid, FdHandle? ConsoleSocket, FdHandle? TerminalIn, FdHandle? TerminalOut)
    : ContainerCommand, IDisposable
{
    /// <summary>Where the images are of which it is restored, absolute; null when it is created anew. The sender gets a <see cref="RestoreOrder"/> then.</summary>
    public string? RestoredFrom { get; init; }

    public void Dispose()
    {
        ConsoleSocket?.Dispose();
        TerminalIn?.Dispose();
        TerminalOut?.Dispose();
    }
}

/// <summary>Have it saved. Before its answer the sender gets a <see cref="CheckpointOrder"/>, which it answers by <see cref="CriuFinished"/>.</summary>
/// <param name="ImagePath">Where to, absolute.</param>
/// <param name="LeaveRunning">It goes on, as after a pre-dump always.</param>
public sealed record CheckpointContainer(string Operation, string ImagePath, bool LeaveRunning, bool PreDump) : ContainerCommand;

/// <summary>The caller has had it saved, or restored.</summary>
public sealed record CriuFinished : ContainerCommand;

/// <summary>The caller's CRIU, which is going to restore it, waits to be put into its cgroup. The answer is <see cref="GoOn"/>.</summary>
public sealed record CriuStarted(int Pid) : ContainerCommand;

/// <summary>The master of a restored terminal.</summary>
public sealed record ConsoleRestored(FdHandle Master) : ContainerCommand, IDisposable
{
    public void Dispose() => Master.Dispose();
}

/// <summary>Release init to the user's program.</summary>
public sealed record StartContainer(string Operation) : ContainerCommand;

/// <summary>runc's <c>state</c>.</summary>
public sealed record QueryState : ContainerCommand;

/// <summary>Send a signal, named as the user named it.</summary>
public sealed record KillContainer(string Operation, string Signal, bool All) : ContainerCommand;

/// <summary>Remove everything of it.</summary>
public sealed record DeleteContainer(string Operation, bool Force) : ContainerCommand;

/// <summary>Freeze every process.</summary>
public sealed record PauseContainer : ContainerCommand;

/// <summary>Thaw every process.</summary>
public sealed record ResumeContainer : ContainerCommand;

/// <summary>Change limits.</summary>
/// <param name="Options">As the caller gave them; read when it is its turn.</param>
public sealed record UpdateContainer(UpdateOptions Options) : ContainerCommand;

/// <summary>
/// Send statistics and want of memory as they come, each as an <see cref="EventLine"/> that is to be answered by <see cref="LineTaken"/>; the
/// last message is an <see cref="Answer"/>, when the container has ended. One that asks for statistics alone gets just the answer.
/// </summary>
public sealed record FollowEvents(EventsOptions Options) : ContainerCommand;

/// <summary>To a follower: one event, as a line of JSON.</summary>
public sealed record EventLine(string Json);

/// <summary>From a follower, to the sender of the line: it is out, the next may come.</summary>
public sealed record LineTaken;

/// <summary>List its processes: "json" gives host pids, "table" what ps(1) says of them.</summary>
public sealed record ListProcesses(string Format, IReadOnlyList<string> Arguments) : ContainerCommand;

/// <summary>Run another program in it. Before its answer the sender gets a <see cref="LaunchOrder"/>. The descriptors belong to the receiver.</summary>
public sealed record ExecProcess(ExecOptions Options, byte[]? Document, FdHandle? ConsoleSocket, FdHandle? TerminalIn, FdHandle? TerminalOut) : ContainerCommand, IDisposable
{
    public void Dispose()
    {
        ConsoleSocket?.Dispose();
        TerminalIn?.Dispose();
        TerminalOut?.Dispose();
    }
}

/// <summary>A signal from the caller in the foreground; nobody waits for an answer.</summary>
public sealed record ForwardSignal(int Signal) : ContainerCommand;

/// <summary>The terminal of the caller in the foreground changed its size.</summary>
public sealed record ResizeConsole(int Rows, int Columns) : ContainerCommand;

/// <summary>Answer when the last output of the terminal is out.</summary>
public sealed record DrainConsole : ContainerCommand;

/// <summary>A foreground caller takes its terminal up again, after the supervisor was replaced.</summary>
public sealed record AttachConsole(FdHandle Master, FdHandle TerminalIn, FdHandle TerminalOut) : ContainerCommand, IDisposable
{
    public void Dispose()
    {
        Master.Dispose();
        TerminalIn.Dispose();
        TerminalOut.Dispose();
    }
}

/// <summary>The caller cloned init, or the process of its exec.</summary>
public sealed record InitLaunched(int Pid, FdHandle Pidfd) : ContainerCommand, IDisposable
{
    /// <summary>As its <see cref="LaunchTicket.UserNamespaces"/> asked for them.</summary>
    public IReadOnlyList<FdHandle> UserNamespaces { get; init; } = [];

    public void Dispose()
    {
        Pidfd.Dispose();
        foreach (var handle in UserNamespaces) handle.Dispose();
    }
}

/// <summary>The caller could not clone it.</summary>
public sealed record LaunchFailed(string Reason) : ContainerCommand;

/// <summary>The caller's connection ended.</summary>
public sealed record CallerGone : ContainerCommand;

/// <summary>To the caller: clone so. The descriptors belong to the receiver.</summary>
public sealed record LaunchOrder(LaunchTicket Ticket, IReadOnlyList<FdHandle> Descriptors) : IDisposable
{
    public void Dispose()
    {
        foreach (var descriptor in Descriptors) descriptor.Dispose();
    }
}

/// <summary>To the creator in the foreground, before its answer: the container has a terminal, and this is its master.</summary>
public sealed record ConsoleOpened(FdHandle Master) : IDisposable
{
    public void Dispose() => Master.Dispose();
}

/// <summary>To who wants it saved: have CRIU do so.</summary>
public sealed record CheckpointOrder(CheckpointPlan Plan);

/// <summary>To who wants it restored: have CRIU do so.</summary>
public sealed record RestoreOrder(RestorePlan Plan);

/// <summary>To who restores it: we have done our part of this step.</summary>
public sealed record GoOn;
