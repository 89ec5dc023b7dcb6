using System.Reflection;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform;

/// <summary>Which build this is: the command line and the supervisor must be the same one, since frames carry no tags.</summary>
public static class Build
{
    /// <summary>Version of Anocir.</summary>
    public const string Version = "0.1.0";

    /// <summary>The commit it was built from, or "unknown".</summary>
    public static string Commit { get; } = typeof(Build).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "Commit")?.Value ?? "unknown";

    /// <summary>The newest version of the runtime specification that is implemented.</summary>
    public const string SpecVersion = "1.3.0";

    /// <summary>Whether a text has the form that the identities of all builds begin with: anything else comes from no command line of ours.</summary>
    public static bool IsIdentity(string text)
    {
        const int Longest = 256;
        const int CompilationLength = 32;
        return text.Length <= Longest && text.Split('/') is [[var first, ..], { Length: CompilationLength } compilation, ..]
            && char.IsAsciiDigit(first) && compilation.All(char.IsAsciiHexDigit);
    }

    /// <summary>Version, the compilation of what both programs share, and the very file of the command line: size and time of its last change.</summary>
    public static string IdentityOf(FdHandle commandLine)
    {
        var file = Sys.Stat(commandLine, "the command line");
        return string.Create(null, $"{Version}/{typeof(Build).Assembly.ManifestModule.ModuleVersionId:N}/{file.Size}/{file.ModifySeconds}.{file.ModifyNanoseconds:D9}");
    }
}
