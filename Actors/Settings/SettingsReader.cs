using Akka.Configuration;

namespace Anocir.Actors.Settings;

/// <summary>Reads keys that must be there, within bounds. Remembers which, so that a test can compare them with the files.</summary>
internal sealed class SettingsReader(Config config)
{
    private readonly HashSet<string> _keys = [];

    internal IReadOnlySet<string> Keys => _keys;

    internal int Integer(string key, int min, int max) => (int)Within(key, config.GetLong(Present(key)), min, max);

    internal int Bytes(string key, int min, int max) => (int)Within(key, config.GetByteSize(Present(key)) ?? throw Bad(key, "is not a size"), min, max);

    internal TimeSpan Time(string key)
    {
        var time = config.GetTimeSpan(Present(key), allowInfinite: false);
        return time >= TimeSpan.Zero ? time : throw Bad(key, "is negative");
    }

    private string Present(string key)
    {
        _keys.Add(key);
        return config.HasPath(key) ? key : throw new ConfigurationException($"{key} is not set");
    }

    private static long Within(string key, long value, long min, long max) =>
        value >= min && value <= max ? value : throw Bad(key, string.Create(null, $"is {value}, not within {min} to {max}"));

    private static ConfigurationException Bad(string key, string reason) => new($"{key} {reason}");
}
