namespace Anocir.Supervisor.Endpoint;

/// <summary>What the command line prints of the runtime itself: <c>features</c>, and the two forms of <c>spec</c>.</summary>
internal sealed record Documents(Lazy<string> Features, Lazy<string> Spec, Lazy<string> RootlessSpec);
