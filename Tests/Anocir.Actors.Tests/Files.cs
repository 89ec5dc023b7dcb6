using System.Diagnostics;
using Akka.Configuration;

namespace Anocir.Actors.Tests;

/// <summary>The files of HOCON/, and places of the test's own.</summary>
internal static class Files
{
    internal static Config Hocon(string name) => ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "HOCON", name)));

    /// <summary>A new directory, on tmpfs where there is one, as the journal's will be.</summary>
    internal static DirectoryInfo NewDirectory()
    {
        var parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        return Directory.CreateDirectory(Path.Combine(parent, "anocir-test-" + Guid.NewGuid().ToString("N")));
    }

    /// <summary>This assembly as a process of its own (Program.cs), with its output to be read.</summary>
    internal static ProcessStartInfo ThisAssembly(params string[] arguments)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return new ProcessStartInfo(host, ["exec", typeof(Files).Assembly.Location, .. arguments]) { RedirectStandardOutput = true };
    }
}
