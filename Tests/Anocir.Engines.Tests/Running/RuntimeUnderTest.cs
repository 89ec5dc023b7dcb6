namespace Anocir.Engines.Tests.Running;

/// <summary>The OCI runtime that the engines are made to use: the variable RUNTIME, else the one built in this tree.</summary>
public static class RuntimeUnderTest
{
    /// <summary>The variable by which the runtime is told where its own directory is.</summary>
    public const string DirectoryVariable = "ANOCIR_RUNTIME_DIR";

    /// <summary>The root of the source tree.</summary>
    public static string Tree { get; } = FindTree();

    /// <summary>The runtime's full path.</summary>
    public static string Path { get; } =
        System.IO.Path.GetFullPath(Environment.GetEnvironmentVariable("RUNTIME") is { Length: > 0 } named
            ? named
            : System.IO.Path.Combine(Tree, "out", "bin", "anocir"));

    /// <summary>The name under which it is registered at an engine.</summary>
    public static string Name { get; } = System.IO.Path.GetFileName(Path);

    /// <summary>The script of that name beside the runtime, for engines that want to be told of a runtime by a fixed name.</summary>
    public static string Wrapper { get; } = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, "anocir-runtime");

    /// <summary>Skips a test that goes through a command which this runtime does not have.</summary>
    public static void Require(string verb)
    {
        using var help = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(Path, [verb, "--help"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        help.StandardOutput.ReadToEnd();
        help.WaitForExit();
        Xunit.Skip.If(help.ExitCode != 0, $"{Name} has no command {verb}");
    }

    private static string FindTree()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "Anocir.sln")))
                return directory.FullName;
        }

        throw new InvalidOperationException($"no Anocir.sln above {AppContext.BaseDirectory}");
    }
}
