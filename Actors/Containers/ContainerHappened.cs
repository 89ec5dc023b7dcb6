namespace Anocir.Actors.Containers;

/// <summary>On the event stream, for whoever follows containers live.</summary>
public sealed record ContainerHappened(ContainerKey Key, ContainerEvent Event);
