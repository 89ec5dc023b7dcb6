namespace Anocir.Actors.Hooks;

/// <summary>The hooks have run, as far as they were to.</summary>
/// <param name="Kind">As asked.</param>
/// <param name="Results">One for each hook that was run, in order; a failing one is the last unless the kind is poststop.</param>
/// <param name="Failure">"error running prestart hook #0: exit status 1, stdout: ..., stderr: ..."; null when the operation may go on.</param>
public sealed record HooksFinished(HookKind Kind, IReadOnlyList<HookResult> Results, string? Failure);
