using System.Globalization;
using Anocir.Actors.Journal;

namespace Anocir.Actors.Tests.Journal;

/// <summary>A process that writes groups of events for ever, and says which are stored, until it is killed.</summary>
internal static class WritingProcess
{
    internal const int GroupSize = 7;

    internal static JournalSettings Settings(string path) => new() { Path = path, Synchronous = "off", BusyTimeout = TimeSpan.FromSeconds(5), CheckpointPages = 20 };

    internal static int Write(string path)
    {
        using var store = EventStore.Open(Settings(path));
        using var output = Console.OpenStandardOutput();
        using var writer = new StreamWriter(output) { AutoFlush = true, NewLine = "\n" };
        for (var n = store.HighestSequenceNr("p"); ;)
        {
            store.Append([.. Enumerable.Range(1, GroupSize).Select(i => new StoredEvent("p", n + i, DateTime.UtcNow.Ticks, 1, "m", "", "w", [(byte)'{', (byte)'}']))]);
            n += GroupSize;
            writer.WriteLine(n.ToString(CultureInfo.InvariantCulture));
        }
    }
}
