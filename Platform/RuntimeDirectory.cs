using Anocir.Platform.Syscalls;

namespace Anocir.Platform;

/// <summary>Where the supervisor lives: its socket, its journal, its lock, and the containers that name no other root.</summary>
public static class RuntimeDirectory
{
    /// <summary>Overrides the place, for a second installation or a test.</summary>
    public const string Variable = "ANOCIR_RUNTIME_DIR";

    /// <summary>
    /// $ANOCIR_RUNTIME_DIR; else /run/anocir for root; else $XDG_RUNTIME_DIR/anocir. Root of a user's own namespace, as under rootless
    /// Podman, is that user.
    /// </summary>
    public static string Path { get; } = Find();

    /// <summary>The default of <c>--root</c>.</summary>
    public static string DefaultRoot => $"{Path}/containers";

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen) return System.IO.Path.GetFullPath(chosen).TrimEnd('/');
        var uid = Libc.geteuid();
        var user = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        if (uid == 0 && (string.IsNullOrEmpty(user) || !UserNamespace.IsOurs)) return "/run/anocir";
        return string.IsNullOrEmpty(user) ? $"/run/user/{uid}/anocir" : $"{user.TrimEnd('/')}/anocir";
    }
}
