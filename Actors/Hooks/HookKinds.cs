namespace Anocir.Actors.Hooks;

/// <summary>Hook kinds by the names of config.json.</summary>
public static class HookKinds
{
    /// <summary>"prestart", "createRuntime" and so on.</summary>
    public static string Name(this HookKind kind) => kind switch
    {
        HookKind.Prestart => "prestart",
        HookKind.CreateRuntime => "createRuntime",
        HookKind.CreateContainer => "createContainer",
        HookKind.StartContainer => "startContainer",
        HookKind.Poststart => "poststart",
        HookKind.Poststop => "poststop",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>A failing hook ends the operation; a failing poststop hook is a warning, and the next ones run (runtime-spec: lifecycle step 13).</summary>
    public static bool StopsAtFirstFailure(this HookKind kind) => kind != HookKind.Poststop;
}
