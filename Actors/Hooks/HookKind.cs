namespace Anocir.Actors.Hooks;

/// <summary>The point of the lifecycle at which a hook runs (runtime-spec, config.md, POSIX-platform hooks).</summary>
public enum HookKind
{
    Prestart,
    CreateRuntime,
    CreateContainer,
    StartContainer,
    Poststart,
    Poststop,
}
