using Akka.Actor;
using Anocir.Platform.Waiting;

namespace Anocir.Supervisor.Endpoint;

/// <summary>What every session works with.</summary>
internal sealed record SessionServices(IReactor Reactor, IActorRef Containers, OwnNamespaces Namespaces, uint OwnUid, string Build, Documents Documents, Action Retire);
