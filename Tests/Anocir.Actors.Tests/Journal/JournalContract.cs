using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Xunit;

namespace Anocir.Actors.Tests.Journal;

/// <summary>What every journal that the supervisor may use has to do: the contract of AsyncWriteJournal, by its messages and by an actor.</summary>
public abstract class JournalContract : TestKit
{
    private static int _ids;

    protected JournalContract(Config journal)
        : base(journal.WithFallback(ConfigurationFactory.ParseString(
            """
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            akka.persistence.snapshot-store.plugin = "akka.persistence.no-snapshot-store"
            akka.actor.serializers.test = "Anocir.Actors.Tests.Journal.JournalEventSerializer, Anocir.Actors.Tests"
            akka.actor.serialization-bindings {
              "Anocir.Actors.Tests.Journal.JournalEvent, Anocir.Actors.Tests" = test
              "Anocir.Actors.Tests.Journal.UnserializableEvent, Anocir.Actors.Tests" = test
            }
            """)))
    {
        Journal = Persistence.Instance.Apply(Sys).JournalFor("");
    }

    /// <summary>False for a journal that keeps objects in memory and never serializes them.</summary>
    protected virtual bool Serializes => true;

    protected IActorRef Journal { get; }

    protected static string NewId() => $"p-{Interlocked.Increment(ref _ids)}";

    protected static IPersistentRepresentation Event(string id, long sequenceNr, object? payload = null, string writer = "w1") =>
        new Persistent(payload ?? new JournalEvent($"e{sequenceNr}"), sequenceNr, id, writerGuid: writer);

    protected static AtomicWrite Atomic(params IPersistentRepresentation[] events) => new(events.ToImmutableList());

    protected TestProbe Write(params AtomicWrite[] writes)
    {
        var probe = CreateTestProbe();
        Journal.Tell(new WriteMessages(writes, probe.Ref, 1));
        return probe;
    }

    /// <summary>Writes events 1 to <paramref name="count"/>, and waits for it.</summary>
    protected async Task<string> WrittenAsync(int count)
    {
        var id = NewId();
        var probe = Write([.. Enumerable.Range(1, count).Select(n => Atomic(Event(id, n)))]);
        await probe.ExpectMsgAsync<WriteMessagesSuccessful>();
        for (var i = 0; i < count; i++) await probe.ExpectMsgAsync<WriteMessageSuccess>();
        return id;
    }

    protected TestProbe AskReplay(string id, long from = 1, long to = long.MaxValue, long max = long.MaxValue)
    {
        var probe = CreateTestProbe();
        Journal.Tell(new ReplayMessages(from, to, max, id, probe.Ref));
        return probe;
    }

    protected async Task<(List<IPersistentRepresentation> Events, long Highest)> ReplayAsync(string id, long from = 1, long to = long.MaxValue, long max = long.MaxValue)
    {
        var probe = AskReplay(id, from, to, max);
        var events = new List<IPersistentRepresentation>();
        while (true)
        {
            switch (await probe.ReceiveOneAsync(TimeSpan.FromSeconds(10)))
            {
                case ReplayedMessage replayed:
                    events.Add(replayed.Persistent);
                    break;
                case RecoverySuccess success:
                    return (events, success.HighestSequenceNr);
                case var other:
                    throw new InvalidOperationException($"replay ended with {(other is ReplayMessagesFailure f ? f.Cause.ToString() : other)}");
            }
        }
    }

    protected async Task DeleteAsync(string id, long to)
    {
        var probe = CreateTestProbe();
        Journal.Tell(new DeleteMessagesTo(id, to, probe.Ref));
        Assert.Equal(to, (await probe.ExpectMsgAsync<DeleteMessagesSuccess>()).ToSequenceNr);
    }

    [Theory]
    [InlineData(1, long.MaxValue, long.MaxValue, "1 2 3 4 5")]
    [InlineData(0, long.MaxValue, long.MaxValue, "1 2 3 4 5")]
    [InlineData(3, long.MaxValue, long.MaxValue, "3 4 5")]
    [InlineData(1, 3, long.MaxValue, "1 2 3")]
    [InlineData(2, 4, long.MaxValue, "2 3 4")]
    [InlineData(1, long.MaxValue, 3, "1 2 3")]
    [InlineData(2, 5, 2, "2 3")]
    [InlineData(2, 2, long.MaxValue, "2")]
    [InlineData(1, long.MaxValue, 0, "")]
    [InlineData(3, 2, long.MaxValue, "")]
    [InlineData(6, long.MaxValue, long.MaxValue, "")]
    public async Task Replay_of_a_range_gives_its_events_in_order_and_the_highest_number_of_all(long from, long to, long max, string expected)
    {
        var id = await WrittenAsync(5);
        var (events, highest) = await ReplayAsync(id, from, to, max);
        Assert.Equal(expected, string.Join(' ', events.Select(e => e.SequenceNr)));
        Assert.Equal(5, highest);
    }

    [Fact]
    public async Task Replay_of_an_unknown_id_gives_nothing_and_zero()
    {
        var (events, highest) = await ReplayAsync(NewId(), from: 0);
        Assert.Empty(events);
        Assert.Equal(0, highest);
    }

    [Fact]
    public async Task Replay_gives_back_all_that_was_written()
    {
        var id = NewId();
        var before = DateTime.UtcNow.Ticks;
        var probe = Write(Atomic(Event(id, 1, new JournalEvent("{\"a\":\"é\"}"), "writer-7")), Atomic(Event(id, 2, new JournalEvent("bytes:"), "writer-7")));
        await probe.ExpectMsgAsync<WriteMessagesSuccessful>();

        var (events, _) = await ReplayAsync(id);

        Assert.Equal([new JournalEvent("{\"a\":\"é\"}"), new JournalEvent("bytes:")], events.Select(e => e.Payload));
        Assert.All(events, e =>
        {
            Assert.Equal(id, e.PersistenceId);
            Assert.Equal("writer-7", e.WriterGuid);
            Assert.False(e.IsDeleted);
            Assert.InRange(e.Timestamp, before, DateTime.UtcNow.Ticks);
        });
    }

    [Fact]
    public async Task Write_of_several_answers_each_in_order()
    {
        var id = NewId();
        var probe = Write(Atomic(Event(id, 1)), Atomic(Event(id, 2), Event(id, 3)), Atomic(Event(id, 4)));
        await probe.ExpectMsgAsync<WriteMessagesSuccessful>();
        for (var n = 1; n <= 4; n++) Assert.Equal(n, (await probe.ExpectMsgAsync<WriteMessageSuccess>()).Persistent.SequenceNr);
        Assert.Equal(4, (await ReplayAsync(id)).Events.Count);
    }

    [SkippableFact]
    public async Task Event_that_cannot_be_serialized_is_rejected_alone()
    {
        Skip.IfNot(Serializes, "this journal serializes nothing");
        var id = NewId();
        var probe = Write(Atomic(Event(id, 1)), Atomic(Event(id, 2, new UnserializableEvent())), Atomic(Event(id, 3, new UnserializableEvent())));
        await probe.ExpectMsgAsync<WriteMessagesSuccessful>();
        Assert.Equal(1, (await probe.ExpectMsgAsync<WriteMessageSuccess>()).Persistent.SequenceNr);
        Assert.Equal(2, (await probe.ExpectMsgAsync<WriteMessageRejected>()).Persistent.SequenceNr);
        Assert.Contains("cannot be serialized", (await probe.ExpectMsgAsync<WriteMessageRejected>()).Cause.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single((await ReplayAsync(id)).Events).SequenceNr);
    }

    [SkippableFact]
    public async Task Atomic_write_with_one_event_that_cannot_be_serialized_stores_none_of_it()
    {
        Skip.IfNot(Serializes, "this journal serializes nothing");
        var id = NewId();
        var probe = Write(Atomic(Event(id, 1), Event(id, 2, new UnserializableEvent())), Atomic(Event(id, 3)));
        await probe.ExpectMsgAsync<WriteMessagesSuccessful>();
        await probe.ExpectMsgAsync<WriteMessageRejected>();
        await probe.ExpectMsgAsync<WriteMessageRejected>();
        await probe.ExpectMsgAsync<WriteMessageSuccess>();
        Assert.Equal(3, Assert.Single((await ReplayAsync(id)).Events).SequenceNr);
    }

    [SkippableFact]
    public async Task Actor_goes_on_after_a_rejection_and_recovers_without_it()
    {
        Skip.IfNot(Serializes, "this journal serializes nothing");
        var id = NewId();
        var first = Sys.ActorOf(Props.Create<Recorder>(id));
        Assert.Equal("a", await first.Ask<string>("a", TimeSpan.FromSeconds(10)));
        Assert.Equal("rejected", await first.Ask<string>(new UnserializableEvent(), TimeSpan.FromSeconds(10)));
        Assert.Equal("b", await first.Ask<string>("b", TimeSpan.FromSeconds(10)));
        await first.GracefulStop(TimeSpan.FromSeconds(10));
        Assert.Equal("a b", await Sys.ActorOf(Props.Create<Recorder>(id)).Ask<string>("?", TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Deletion_removes_the_first_events_and_keeps_the_highest_number()
    {
        var id = await WrittenAsync(5);
        await DeleteAsync(id, 3);
        var (events, highest) = await ReplayAsync(id);
        Assert.Equal([4, 5], events.Select(e => e.SequenceNr));
        Assert.Equal(5, highest);
    }

    [Fact]
    public async Task Deletion_of_all_keeps_the_highest_number_and_what_is_written_next_is_replayed()
    {
        var id = await WrittenAsync(5);
        await DeleteAsync(id, 5);
        var (none, highest) = await ReplayAsync(id);
        Assert.Empty(none);
        Assert.Equal(5, highest);

        await Write(Atomic(Event(id, 6))).ExpectMsgAsync<WriteMessagesSuccessful>();
        var (events, now) = await ReplayAsync(id);
        Assert.Equal(6, Assert.Single(events).SequenceNr);
        Assert.Equal(6, now);
    }

    [Fact]
    public async Task Deletion_beyond_the_end_and_of_an_unknown_id_succeed()
    {
        var id = await WrittenAsync(2);
        await DeleteAsync(id, long.MaxValue);
        await DeleteAsync(NewId(), long.MaxValue);
        var (events, highest) = await ReplayAsync(id);
        Assert.Empty(events);
        Assert.Equal(2, highest);
    }

    [Fact]
    public async Task Deletion_twice_backwards_brings_nothing_back()
    {
        var id = await WrittenAsync(5);
        await DeleteAsync(id, 4);
        await DeleteAsync(id, 2);
        Assert.Equal(5, Assert.Single((await ReplayAsync(id)).Events).SequenceNr);
    }

    [Fact]
    public async Task Many_ids_at_once_do_not_mix()
    {
        var ids = Enumerable.Range(0, 50).Select(_ => NewId()).ToArray();
        var probes = new List<TestProbe>();
        for (var n = 1; n <= 10; n++)
        {
            foreach (var id in ids) probes.Add(Write(Atomic(Event(id, n, new JournalEvent($"{id}/{n}")))));
        }

        foreach (var probe in probes) await probe.ExpectMsgAsync<WriteMessagesSuccessful>(TimeSpan.FromSeconds(10));
        foreach (var id in ids)
        {
            var (events, highest) = await ReplayAsync(id);
            Assert.Equal(Enumerable.Range(1, 10).Select(n => new JournalEvent($"{id}/{n}")), events.Select(e => e.Payload));
            Assert.Equal(10, highest);
        }
    }

    [Fact]
    public async Task Actor_that_is_started_again_has_its_events()
    {
        var id = NewId();
        var first = Sys.ActorOf(Props.Create<Recorder>(id));
        foreach (var text in (string[])["a", "b", "c"]) Assert.Equal(text, await first.Ask<string>(text, TimeSpan.FromSeconds(10)));
        await first.GracefulStop(TimeSpan.FromSeconds(10));

        var second = Sys.ActorOf(Props.Create<Recorder>(id));
        Assert.Equal("a b c", await second.Ask<string>("?", TimeSpan.FromSeconds(10)));
        Assert.Equal("d", await second.Ask<string>("d", TimeSpan.FromSeconds(10)));
        await second.GracefulStop(TimeSpan.FromSeconds(10));

        Assert.Equal("a b c d", await Sys.ActorOf(Props.Create<Recorder>(id)).Ask<string>("?", TimeSpan.FromSeconds(10)));
    }
}
