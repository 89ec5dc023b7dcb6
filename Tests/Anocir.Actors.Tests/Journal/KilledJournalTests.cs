using System.Diagnostics;
using System.Globalization;
using Anocir.Actors.Journal;
using Xunit;

namespace Anocir.Actors.Tests.Journal;

public sealed class KilledJournalTests : IDisposable
{
    private readonly string _directory = Files.NewDirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Writer_that_is_killed_leaves_whole_groups_and_all_that_it_had_confirmed()
    {
        var path = Path.Combine(_directory, "journal.db");
        for (var round = 0; round < 5; round++)
        {
            var confirmed = await WriteAndKillAsync(path, groups: 20 + (round * 13));

            using var store = EventStore.Open(WritingProcess.Settings(path));
            var highest = store.HighestSequenceNr("p");
            Assert.True(highest >= confirmed, $"{highest} < {confirmed}");
            Assert.Equal(0, highest % WritingProcess.GroupSize);
            Assert.Equal(highest, store.Read("p", 1, long.MaxValue, long.MaxValue).Count);
        }
    }

    private static async Task<long> WriteAndKillAsync(string path, int groups)
    {
        using var process = Process.Start(Files.ThisAssembly("write-journal", path))!;
        var confirmed = 0L;
        try
        {
            for (var i = 0; i < groups; i++) confirmed = long.Parse((await process.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        }
        finally
        {
            process.Kill();
        }

        // Lines it wrote before it died are confirmations too.
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (long.TryParse(line, CultureInfo.InvariantCulture, out var more)) confirmed = Math.Max(confirmed, more);
        }

        await process.WaitForExitAsync();
        return confirmed;
    }
}
