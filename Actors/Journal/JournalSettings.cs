using Akka.Configuration;

namespace Anocir.Actors.Journal;

/// <summary>The settings of the embedded journal, from HOCON (<c>akka.persistence.journal.anocir</c>).</summary>
public sealed record JournalSettings
{
    /// <summary>Where the plugin is configured.</summary>
    public const string ConfigPath = "akka.persistence.journal.anocir";

    /// <summary>The database file, absolute. Its directory is made when it is missing.</summary>
    public required string Path { get; init; }
    /// <summary>PRAGMA synchronous: off, normal or full.</summary>
    public required string Synchronous { get; init; }
    /// <summary>How long a write waits for another process that has the file locked.</summary>
    public required TimeSpan BusyTimeout { get; init; }
    /// <summary>Pages (of 4096 bytes) in the write-ahead log before it is copied into the database.</summary>
    public required int CheckpointPages { get; init; }

    /// <summary>HOCON that puts the journal elsewhere; to go before the files of the operator.</summary>
    public static Config At(string path) =>
        ConfigurationFactory.ParseString($"{ConfigPath}.path = \"{path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");

    /// <exception cref="ConfigurationException">A key is missing or makes no sense.</exception>
    public static JournalSettings Read(Config config)
    {
        var synchronous = Text(config, "synchronous");
        if (synchronous is not ("off" or "normal" or "full")) throw new ConfigurationException($"{ConfigPath}.synchronous: {synchronous} is not off, normal or full");
        var path = Text(config, "path");
        if (!System.IO.Path.IsPathRooted(path)) throw new ConfigurationException($"{ConfigPath}.path: {path} is not absolute");
        return new JournalSettings
        {
            Path = path,
            Synchronous = synchronous,
            BusyTimeout = config.GetTimeSpan(Present(config, "busy-timeout")),
            CheckpointPages = config.GetInt(Present(config, "checkpoint-pages")),
        };
    }

    private static string Text(Config config, string key) => config.GetString(Present(config, key));

    private static string Present(Config config, string key) =>
        config.HasPath(key) ? key : throw new ConfigurationException($"{ConfigPath}.{key} is not set");
}
