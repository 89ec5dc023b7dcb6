using Akka.Configuration;

namespace Anocir.Supervisor.Composition;

/// <summary>Layers of HOCON, first wins: what this supervisor knows of itself, the operator's file, the defaults beside the program.</summary>
internal static class SupervisorConfiguration
{
    /// <summary>Names the operator's file in place of /etc/anocir/anocir.conf.</summary>
    public const string Variable = "ANOCIR_CONFIG";

    private const string OperatorFile = "/etc/anocir/anocir.conf";

    public static Config Load(string journalPath)
    {
        var own = ConfigurationFactory.ParseString($"akka.persistence.journal.anocir.path = \"{journalPath}\"");
        var chosen = Environment.GetEnvironmentVariable(Variable);
        var file = string.IsNullOrEmpty(chosen) ? OperatorFile : chosen;
        var operators = File.Exists(file) || chosen is { Length: > 0 } ? ConfigurationFactory.ParseString(File.ReadAllText(file)) : Config.Empty;
        return own.WithFallback(operators).WithFallback(Defaults("supervisor.conf")).WithFallback(Defaults("persistence.conf"));
    }

    private static Config Defaults(string name) =>
        ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "HOCON", name)));
}
