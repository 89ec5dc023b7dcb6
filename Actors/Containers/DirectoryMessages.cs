using Akka.Actor;

namespace Anocir.Actors.Containers;

/// <summary>To the directory: for the container of this name.</summary>
public sealed record ForContainer(ContainerKey Key, ContainerCommand Command);

/// <summary>To the directory: all containers of a root, as "table" or "json", or their ids alone.</summary>
public sealed record ListContainers(string Root, string Format, bool Quiet);

/// <summary>To the directory: how many containers there are; the answer is <see cref="ContainerCount"/>.</summary>
public sealed record CountContainers;

/// <summary>Containers of all roots that are not gone.</summary>
public sealed record ContainerCount(int Count);

/// <summary>To the directory: the events of the newest container of this name.</summary>
public sealed record ReadHistory(ContainerKey Key);

/// <summary>A container's last word to the directory, which answers <see cref="Leave"/>. Refused: it never was one.</summary>
public sealed record ContainerGone(ContainerKey Key, string PersistenceId, bool Refused, string DeletedBy = "");

/// <summary>To a container that is gone: nothing more comes for you, end.</summary>
internal sealed record Leave;

/// <summary>To a container that a restarted supervisor has raised: who wanted to create you, if you do not exist yet, is gone.</summary>
internal sealed record Orphaned;

/// <summary>A container to the directory: this request made it, and did not get far enough to be answered for; remove it, then create it anew.</summary>
public sealed record CreateAnew(ContainerKey Key, CreateContainer Create, IActorRef Caller);
