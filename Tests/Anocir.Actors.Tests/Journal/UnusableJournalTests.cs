using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit.Xunit2;
using Anocir.Actors.Journal;
using Xunit;

namespace Anocir.Actors.Tests.Journal;

/// <summary>A file that is no database: everybody is told so at once, and nothing of it is overwritten.</summary>
public sealed class UnusableJournalTests : TestKit
{
    private readonly string _directory;

    public UnusableJournalTests() : this(Files.NewDirectory().FullName)
    {
    }

    private UnusableJournalTests(string directory)
        : base(JournalSettings.At(Path.Combine(directory, "journal.db")).WithFallback("akka.loglevel = OFF").WithFallback(Files.Hocon("persistence.conf")).WithFallback(Files.Hocon("supervisor.conf"))) =>
        _directory = directory;

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task File_that_is_no_database_fails_recoveries_at_once_and_works_when_it_is_away()
    {
        var path = Path.Combine(_directory, "journal.db");
        var text = string.Concat(Enumerable.Repeat("this is no database. ", 500));
        await File.WriteAllTextAsync(path, text);
        var journal = Persistence.Instance.Apply(Sys).JournalFor("");

        journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, "p", TestActor));
        Assert.Contains("not a database", (await ExpectMsgAsync<ReplayMessagesFailure>()).Cause.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(path));

        File.Delete(path);
        journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, "p", TestActor));
        await ExpectMsgAsync<RecoverySuccess>();
    }
}
