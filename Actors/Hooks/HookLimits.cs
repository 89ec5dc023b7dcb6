namespace Anocir.Actors.Hooks;

/// <summary>Bounds of hooks, from HOCON (<c>anocir.hooks</c>).</summary>
/// <param name="DefaultTimeout">For a hook without a timeout of its own; zero is none.</param>
/// <param name="OutputLimit">Bytes kept of each of standard output and standard error.</param>
public sealed record HookLimits(TimeSpan DefaultTimeout, int OutputLimit);
