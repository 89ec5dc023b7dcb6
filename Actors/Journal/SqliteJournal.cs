using System.Collections.Immutable;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Microsoft.Data.Sqlite;

namespace Anocir.Actors.Journal;

/// <summary>The embedded journal: one SQLite file, written and read on the journal's own dispatcher.</summary>
/// <remarks>
/// What cannot be serialized is rejected and its actor goes on, with a row that says why; what cannot be stored fails, and its actor stops.
/// A history with a row that is missing or unreadable fails its own recovery and no other.
/// A store that cannot be opened fails every call at once, with the reason, and is tried again by the next.
/// </remarks>
public sealed class SqliteJournal : AsyncWriteJournal
{
    private const int RowsAtATime = 256;
    private const int RejectedSerializer = -1;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Akka.Serialization.Serialization _serialization = Context.System.Serialization;
    private readonly JournalSettings _settings;
    private readonly Lock _opening = new();
    private EventStore? _store;

    public SqliteJournal(Config config) => _settings = JournalSettings.Read(config);

    protected override void PreStart()
    {
        base.PreStart();
        try
        {
            Store();
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            _log.Error(e, "Journal {Path} cannot be opened", _settings.Path);
        }
    }

    protected override void PostStop()
    {
        _store?.Dispose();
        base.PostStop();
    }

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        Attempt(() => Store().HighestSequenceNr(persistenceId));

    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback) =>
        Attempt(() => Replay(persistenceId, fromSequenceNr, toSequenceNr, max, recoveryCallback));

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken) =>
        Attempt<IImmutableList<Exception>>(() => Write(messages));

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        Attempt(() =>
        {
            Store().DeleteTo(persistenceId, toSequenceNr);
            return true;
        });

    protected override bool ReceivePluginInternal(object message)
    {
        if (message is not ForgetEvents forget) return false;
        Attempt(() =>
        {
            Store().Forget(forget.PersistenceIds);
            return new EventsForgotten(forget.PersistenceIds);
        }).PipeTo(Sender, Self);
        return true;
    }

    // Replays may come from another thread than the rest (a continuation of the circuit breaker's).
    private EventStore Store()
    {
        lock (_opening) return _store ??= EventStore.Open(_settings);
    }

    private ImmutableList<Exception> Write(IEnumerable<AtomicWrite> messages)
    {
        var rows = new List<StoredEvent>();
        List<Exception?>? outcomes = null;
        var writes = 0;
        foreach (var write in messages)
        {
            var kept = rows.Count;
            Exception? rejection = null;
            try
            {
                foreach (var e in (IImmutableList<IPersistentRepresentation>)write.Payload) rows.Add(Encode(e));
            }
            // Whatever a serializer throws, it is this event that cannot be stored, not the store that fails.
            catch (Exception e)
            {
                rows.RemoveRange(kept, rows.Count - kept);
                rows.AddRange(((IImmutableList<IPersistentRepresentation>)write.Payload).Select(lost => Rejected(lost, e)));
                rejection = e;
                outcomes ??= [.. Enumerable.Repeat<Exception?>(null, writes)];
            }

            outcomes?.Add(rejection);
            writes++;
        }

        if (rows.Count > 0) Store().Append(rows);
        // Akka reads null as: none was rejected; and a null element as: this one was not.
        return outcomes is null ? null! : ImmutableList.CreateRange<Exception>(outcomes!);
    }

    private StoredEvent Encode(IPersistentRepresentation e)
    {
        if (e.Payload is Tagged) throw new NotSupportedException("the embedded journal stores no tags");
        var serializer = _serialization.FindSerializerFor(e.Payload);
        return new StoredEvent(
            e.PersistenceId,
            e.SequenceNr,
            e.Timestamp > 0 ? e.Timestamp : DateTime.UtcNow.Ticks,
            serializer.Identifier,
            Akka.Serialization.Serialization.ManifestFor(serializer, e.Payload),
            e.Manifest ?? "",
            e.WriterGuid ?? "",
            _serialization.Serialize(e.Payload));
    }

    // The actor goes on with the next number: a row that is skipped by replay tells this hole from one that damage made.
    private static StoredEvent Rejected(IPersistentRepresentation e, Exception reason) => new(
        e.PersistenceId, e.SequenceNr, DateTime.UtcNow.Ticks, RejectedSerializer, "rejected", "", e.WriterGuid ?? "", Encoding.UTF8.GetBytes(reason.Message));

    private bool Replay(string persistenceId, long from, long to, long max, Action<IPersistentRepresentation> recover)
    {
        var store = Store();
        var next = Math.Max(Math.Max(from, 1), store.DeletedTo(persistenceId) + 1);
        while (max > 0 && next <= to)
        {
            var limit = Math.Min(max, RowsAtATime);
            var rows = store.Read(persistenceId, next, to, limit);
            foreach (var row in rows)
            {
                if (row.SequenceNr != next) throw new JournalCorruptException(persistenceId, next, "missing");
                next++;
                if (row.SerializerId == RejectedSerializer) continue;
                recover(Decode(row));
                max--;
            }

            if (rows.Count < limit) break;
        }

        return true;
    }

    private Persistent Decode(in StoredEvent row)
    {
        object payload;
        try
        {
            payload = _serialization.Deserialize(row.Payload, row.SerializerId, row.Manifest);
        }
        catch (Exception e)
        {
            throw new JournalCorruptException(row.PersistenceId, row.SequenceNr, $"{row.Manifest} cannot be read: {e.Message}", e);
        }

        return new Persistent(payload, row.SequenceNr, row.PersistenceId, row.Adapter, false, ActorRefs.NoSender, row.Writer, row.Ticks);
    }

    /// <summary>The journal's calls are tasks by contract; the work is done here and now, on the journal's thread.</summary>
    private static Task<T> Attempt<T>(Func<T> work)
    {
        try
        {
            return Task.FromResult(work());
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }
}
