using Akka.Actor;
using Anocir.Actors.Settings;
using Anocir.Platform.Waiting;

namespace Anocir.Supervisor.Endpoint;

/// <summary>What the endpoint and every session work with.</summary>
internal sealed record SessionServices
{
    public required IReactor Reactor { get; init; }
    public required IActorRef Containers { get; init; }
    public required OwnNamespaces Namespaces { get; init; }
    public required uint OwnUid { get; init; }
    public required string Build { get; init; }
    public required Documents Documents { get; init; }
    public required SocketSettings Settings { get; init; }
    /// <summary>After so long without callers and containers, <see cref="Forsake"/>; null where this supervisor stays.</summary>
    public TimeSpan? IdleTimeout { get; init; }
    /// <summary>Ends this supervisor, for another to take over.</summary>
    public required Action Retire { get; init; }
    /// <summary>Ends this supervisor, which nobody needs any more, and removes what is its own.</summary>
    public required Action Forsake { get; init; }
}
