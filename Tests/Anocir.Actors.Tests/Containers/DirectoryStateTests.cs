using Anocir.Actors.Containers;
using Xunit;

namespace Anocir.Actors.Tests.Containers;

public sealed class DirectoryStateTests
{
    private static readonly DateTimeOffset _at = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly ContainerKey _key = new("/r", "c");

    [Fact]
    public void Newest_life_of_a_name_is_its_latest()
    {
        var state = Replay([Opened("1"), Closed("1", "d1"), Opened("2")]);
        Assert.Equal("2", state.Latest(_key));
        Assert.Equal([(_key, "2", "create-2")], state.Living);
        Assert.False(state.WasDeletedBy(_key, "d1"));
        Assert.Null(state.Latest(new ContainerKey("/other", "c")));
    }

    [Fact]
    public void Deletion_is_known_by_its_request()
    {
        var state = Replay([Opened("1"), Closed("1", "d1")]);
        Assert.True(state.WasDeletedBy(_key, "d1"));
        Assert.False(state.WasDeletedBy(_key, "d2"));
        Assert.False(Replay([Opened("1"), Closed("1", "")]).WasDeletedBy(_key, ""));
    }

    [Fact]
    public void Refused_creation_leaves_no_trace() => AssertSame(DirectoryState.Empty, Replay([Opened("1"), Closed("1", "") with { Empty = true }]));

    [Fact]
    public void Events_about_nobody_change_nothing()
    {
        var state = Replay([Opened("1")]);
        AssertSame(state, state.Evolve(Closed("9", "")));
        AssertSame(state, state.Evolve(new HistoryDropped { At = _at, PersistenceId = "9" }));
    }

    [Theory]
    [InlineData(0, 0, "a b c d")]
    [InlineData(1, 0, "a b c")]
    [InlineData(4, 0, "")]
    [InlineData(9, 0, "")]
    [InlineData(4, 2, "a b")]
    [InlineData(1, 2, "a b c")]
    public void Bound_of_count_and_age_drops_the_oldest_of_the_dead(int count, int oldestMinute, string dropped)
    {
        var state = Replay([Opened("living")]);
        foreach (var (name, minute) in (ReadOnlySpan<(string, int)>)[("a", 0), ("b", 1), ("c", 2), ("d", 3)])
            state = state.Evolve(Opened(name)).Evolve(Closed(name, "") with { At = _at.AddMinutes(minute) });
        Assert.Equal(dropped, string.Join(' ', state.Beyond(count, _at.AddMinutes(oldestMinute))));
    }

    [Fact]
    public void Compaction_says_all_of_any_history()
    {
        DirectoryEvent[] events =
        [
            Opened("1"), Closed("1", "d1"), Opened("2"), Opened("3"), Closed("3", "") with { Empty = true }, Closed("2", "d2"),
            new HistoryDropped { At = _at, PersistenceId = "1" }, Opened("4"),
        ];
        for (var length = 0; length <= events.Length; length++)
        {
            var state = Replay(events[..length]);
            var compacted = DirectoryState.Empty.Evolve(state.ToCompacted(_at, 17));
            AssertSame(state, compacted);
            Assert.Equal(17, compacted.CompactedAt);
            // What follows finds the same.
            foreach (var e in events[length..]) (state, compacted) = (state.Evolve(e), compacted.Evolve(e));
            AssertSame(state, compacted);
        }
    }

    [Fact]
    public void Unknown_event_is_a_bug() => Assert.Throws<InvalidOperationException>(() => DirectoryState.Empty.Evolve(new Unknown { At = _at }));

    private static void AssertSame(DirectoryState expected, DirectoryState actual) => Assert.Equal(expected.Incarnations, actual.Incarnations);

    private static DirectoryState Replay(IEnumerable<DirectoryEvent> events) => events.Aggregate(DirectoryState.Empty, (state, e) => state.Evolve(e));

    private static IncarnationOpened Opened(string persistenceId) => new() { At = _at, Root = "/r", Id = "c", PersistenceId = persistenceId, Operation = $"create-{persistenceId}" };

    private static IncarnationClosed Closed(string persistenceId, string operation) => new() { At = _at, PersistenceId = persistenceId, Operation = operation };

    private sealed record Unknown : DirectoryEvent;
}
