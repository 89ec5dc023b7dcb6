using Anocir.Platform.Oci;

namespace Anocir.Actors.Hooks;

/// <summary>Asks a <see cref="HookRunner"/> to run hooks of one kind in order; the answer is <see cref="HooksFinished"/>.</summary>
/// <param name="Kind">Which list of config.json this is.</param>
/// <param name="Hooks">The list, checked by the validation of config.json.</param>
/// <param name="StateJson">What each hook finds on its standard input.</param>
/// <param name="WorkingDirectory">The bundle, absolute.</param>
public sealed record RunHooks(HookKind Kind, IReadOnlyList<Hook> Hooks, string StateJson, string WorkingDirectory);
