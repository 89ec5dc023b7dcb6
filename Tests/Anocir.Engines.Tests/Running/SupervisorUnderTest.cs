namespace Anocir.Engines.Tests.Running;

/// <summary>The supervisor that the runtime under test may have started for one engine, in a directory of its own.</summary>
public static class SupervisorUnderTest
{
    /// <summary>The environment that makes the runtime keep to the given directory.</summary>
    public static Dictionary<string, string?> Environment(string directory) => new()
    {
        [RuntimeUnderTest.DirectoryVariable] = directory,
        ["PATH"] = Programs.SearchPath,
    };

    /// <summary>The pid of the supervisor that runs for the directory, or null where none does.</summary>
    public static int? Pid(string directory) =>
        Processes.FromFile(Path.Combine(directory, "supervisor.pid")) is { } pid && Processes.Alive(pid) ? pid : null;

    /// <summary>Ends the supervisor whose pid stands in the directory, if there is one.</summary>
    public static void End(string directory)
    {
        if (Pid(directory) is { } pid)
            Processes.End(pid, TimeSpan.FromSeconds(10));
    }
}
