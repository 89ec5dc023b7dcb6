using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>What a container is asked to do. The sender gets an <see cref="Answer"/>.</summary>
public abstract record ContainerCommand;

/// <summary>Create it. Before its answer the sender gets a <see cref="LaunchOrder"/>. The descriptors belong to the receiver.</summary>
public sealed record CreateContainer(string Operation, CreateOptions Options, byte[] Config, uint OwnerUid, int CallerPid, FdHandle? ConsoleSocket, FdHandle? TerminalIn, FdHandle? TerminalOut)
    : ContainerCommand, IDisposable
{
    public void Dispose()
    {
        ConsoleSocket?.Dispose();
        TerminalIn?.Dispose();
        TerminalOut?.Dispose();
    }
}

/// <summary>Release init to the user's program.</summary>
public sealed record StartContainer(string Operation) : ContainerCommand;

/// <summary>runc's <c>state</c>.</summary>
public sealed record QueryState : ContainerCommand;

/// <summary>Send a signal, named as the user named it.</summary>
public sealed record KillContainer(string Signal, bool All) : ContainerCommand;

/// <summary>Remove everything of it.</summary>
public sealed record DeleteContainer(string Operation, bool Force) : ContainerCommand;

/// <summary>Freeze every process.</summary>
public sealed record PauseContainer : ContainerCommand;

/// <summary>Thaw every process.</summary>
public sealed record ResumeContainer : ContainerCommand;

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
