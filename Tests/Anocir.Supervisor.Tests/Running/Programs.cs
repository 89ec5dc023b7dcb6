using Xunit;

namespace Anocir.Supervisor.Tests.Running;

/// <summary>The built programs: $RUNTIME, else out/bin/anocir of this repository.</summary>
internal static class Programs
{
    /// <summary>Path of the command line. Skips the test that asks where it cannot run.</summary>
    internal static string Anocir
    {
        get
        {
            Skip.IfNot(Environment.IsPrivilegedProcess, "needs root to run containers");
            var path = Environment.GetEnvironmentVariable("RUNTIME") is { Length: > 0 } chosen ? Path.GetFullPath(chosen) : FromRepository();
            Skip.IfNot(path is not null && File.Exists(path), $"{path ?? "out/bin/anocir"} is not built: run make");
            Skip.IfNot(File.Exists(Busybox), "busybox is not installed");
            return path!;
        }
    }

    internal static string Busybox => "/bin/busybox";

    private static string? FromRepository()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists($"{directory}/Anocir.sln")) return $"{directory}/out/bin/anocir";
        }

        return null;
    }
}
