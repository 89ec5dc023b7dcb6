using System.Globalization;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Anocir.Actors.Journal;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Anocir.Actors.Tests.Journal;

/// <summary>The contract on the embedded journal, and what it promises beyond it.</summary>
public sealed class SqliteJournalTests : JournalContract
{
    private readonly string _directory;

    public SqliteJournalTests() : this(Files.NewDirectory().FullName)
    {
    }

    private SqliteJournalTests(string directory)
        : base(JournalSettings.At(Path.Combine(directory, "run", "journal.db")).WithFallback(Files.Hocon("persistence.conf")).WithFallback(Files.Hocon("supervisor.conf"))) =>
        _directory = directory;

    private string DatabasePath => Path.Combine(_directory, "run", "journal.db");

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task File_and_directory_are_the_owners_alone()
    {
        await WrittenAsync(1);
        Assert.Equal((UnixFileMode)0x1c0, File.GetUnixFileMode(Path.GetDirectoryName(DatabasePath)!));
        foreach (var suffix in (string[])["", "-wal", "-shm"]) Assert.Equal((UnixFileMode)0x180, File.GetUnixFileMode(DatabasePath + suffix));
    }

    [Fact]
    public async Task Row_is_readable_with_other_tools()
    {
        var id = NewId();
        await Write(Atomic(Event(id, 1, new JournalEvent("{\"pid\":7}")))).ExpectMsgAsync<WriteMessagesSuccessful>();
        Assert.Equal("7|test.1|text", Query($"SELECT json_extract(payload, '$.pid') || '|' || manifest || '|' || typeof(payload) FROM event WHERE persistence_id = '{id}'"));
        var at = DateTime.Parse(Query($"SELECT at FROM event WHERE persistence_id = '{id}'"), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
        Assert.InRange(at, DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow);
    }

    [Theory]
    [InlineData("UPDATE event SET manifest = 'nobody.9' WHERE persistence_id = $p AND sequence_nr = 2", "unknown manifest nobody.9")]
    [InlineData("UPDATE event SET payload = 12 WHERE persistence_id = $p AND sequence_nr = 2", "the payload is a Int64")]
    [InlineData("UPDATE event SET at = 'noon' WHERE persistence_id = $p AND sequence_nr = 2", "unreadable")]
    [InlineData("UPDATE event SET serializer_id = 99999 WHERE persistence_id = $p AND sequence_nr = 2", "cannot be read")]
    [InlineData("DELETE FROM event WHERE persistence_id = $p AND sequence_nr = 2", "event 2: missing")]
    [InlineData("DELETE FROM event WHERE persistence_id = $p AND sequence_nr = 1", "event 1: missing")]
    public async Task Corrupt_row_fails_the_recovery_of_its_actor_and_of_no_other(string damage, string reason)
    {
        var bad = await WrittenAsync(3);
        var good = await WrittenAsync(3);
        Query(damage.Replace("$p", $"'{bad}'", StringComparison.Ordinal));

        var probe = AskReplay(bad);
        var failure = await probe.FishForMessageAsync(m => m is ReplayMessagesFailure or RecoverySuccess);

        Assert.Contains(reason, Assert.IsType<ReplayMessagesFailure>(failure).Cause.Message, StringComparison.Ordinal);
        Assert.Contains(bad, ((ReplayMessagesFailure)failure).Cause.Message, StringComparison.Ordinal);
        Assert.Equal(3, (await ReplayAsync(good)).Events.Count);
        var actor = Sys.ActorOf(Props.Create<Recorder>(bad));
        await WatchAsync(actor);
        await ExpectTerminatedAsync(actor);
    }

    [Fact]
    public async Task Sequence_number_that_is_there_already_fails_and_stores_nothing_of_the_batch()
    {
        var id = await WrittenAsync(2);
        var probe = Write(Atomic(Event(id, 3, writer: "rival")), Atomic(Event(id, 2, writer: "rival")));
        await probe.ExpectMsgAsync<WriteMessagesFailed>();
        Assert.Equal(2, (await ReplayAsync(id)).Highest);
        await Write(Atomic(Event(id, 3))).ExpectMsgAsync<WriteMessagesSuccessful>();
    }

    [Fact]
    public async Task Writers_that_alternate_in_one_history_fail_its_recovery()
    {
        var id = NewId();
        for (var n = 1; n <= 3; n++) await Write(Atomic(Event(id, n, writer: n == 2 ? "b" : "a"))).ExpectMsgAsync<WriteMessagesSuccessful>();
        var probe = AskReplay(id);
        await probe.FishForMessageAsync(m => m is ReplayMessagesFailure);
    }

    [Fact]
    public async Task Tagged_event_is_rejected_because_its_tags_would_be_lost()
    {
        var probe = Write(Atomic(Event(NewId(), 1, new Tagged(new JournalEvent("a"), ["t"]))));
        await probe.ExpectMsgAsync<WriteMessagesSuccessful>();
        Assert.IsType<NotSupportedException>((await probe.ExpectMsgAsync<WriteMessageRejected>()).Cause);
    }

    [Fact]
    public async Task Histories_that_are_forgotten_leave_nothing()
    {
        var (gone, marked, kept) = (await WrittenAsync(3), await WrittenAsync(3), await WrittenAsync(3));
        await DeleteAsync(marked, 2);
        var forget = new ForgetEvents([gone, marked]);
        Assert.Equal(forget.PersistenceIds, (await Journal.Ask<EventsForgotten>(forget, TimeSpan.FromSeconds(10))).PersistenceIds);
        Assert.Equal((0, 0), ((await ReplayAsync(gone)).Highest, (await ReplayAsync(marked)).Highest));
        Assert.Equal(3, (await ReplayAsync(kept)).Events.Count);
        Assert.Equal("0", Query("SELECT count(*) FROM mark"));
    }

    [Fact]
    public async Task History_longer_than_one_read_is_replayed_whole()
    {
        var id = NewId();
        await Write(Atomic([.. Enumerable.Range(1, 600).Select(n => Event(id, n))])).ExpectMsgAsync<WriteMessagesSuccessful>();
        Assert.Equal(Enumerable.Range(1, 600).Select(n => (long)n), (await ReplayAsync(id)).Events.Select(e => e.SequenceNr));
        Assert.Equal(300, (await ReplayAsync(id, from: 100, max: 300)).Events.Count);
    }

    [Fact]
    public async Task Memory_of_what_is_deleted_goes_back()
    {
        var ids = Enumerable.Range(0, 20).Select(_ => NewId()).ToList();
        var large = new string('x', 100_000);
        foreach (var id in ids) await Write(Atomic(Event(id, 1, new JournalEvent(large)))).ExpectMsgAsync<WriteMessagesSuccessful>();
        var full = int.Parse(Query("PRAGMA page_count"), CultureInfo.InvariantCulture);
        Assert.InRange(full, 480, 600);
        foreach (var id in ids) await DeleteAsync(id, 1);
        Assert.InRange(int.Parse(Query("PRAGMA page_count"), CultureInfo.InvariantCulture), 1, 20);
    }

    [Fact]
    public async Task Journal_of_a_later_version_is_left_alone()
    {
        await WrittenAsync(1);
        await Sys.Terminate();
        Query("PRAGMA user_version = 2");
        var failure = Assert.Throws<InvalidDataException>(() => EventStore.Open(WritingProcess.Settings(DatabasePath)));
        Assert.Contains("later version", failure.Message, StringComparison.Ordinal);
    }

    private string Query(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";
    }
}
