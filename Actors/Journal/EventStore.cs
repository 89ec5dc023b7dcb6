using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Microsoft.Data.Sqlite;

namespace Anocir.Actors.Journal;

/// <summary>Events in one SQLite file: one connection, one caller at a time, each call one transaction.</summary>
/// <remarks>
/// Payloads that are text are stored as text: <c>sqlite3 FILE "select payload from event" | jq</c> reads them.
/// <c>mark</c> remembers, for histories of which something was deleted, how far: sequence numbers are never used again.
/// </remarks>
internal sealed class EventStore : IDisposable
{
    private const int SchemaVersion = 1;

    // auto_vacuum takes effect only before the first table is made.
    private const string Schema =
        """
        PRAGMA auto_vacuum = INCREMENTAL;
        PRAGMA journal_mode = WAL;
        BEGIN IMMEDIATE;
        CREATE TABLE IF NOT EXISTS event (
            ordering INTEGER PRIMARY KEY,
            persistence_id TEXT NOT NULL,
            sequence_nr INTEGER NOT NULL,
            at TEXT NOT NULL,
            manifest TEXT NOT NULL,
            payload NOT NULL,
            serializer_id INTEGER NOT NULL,
            adapter TEXT NOT NULL,
            writer TEXT NOT NULL);
        CREATE UNIQUE INDEX IF NOT EXISTS event_by_id ON event (persistence_id, sequence_nr);
        CREATE TABLE IF NOT EXISTS mark (
            persistence_id TEXT PRIMARY KEY,
            highest INTEGER NOT NULL,
            deleted_to INTEGER NOT NULL) WITHOUT ROWID;
        PRAGMA user_version = 1;
        COMMIT;
        """;

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _highest;
    private readonly SqliteCommand _deletedTo;
    private readonly SqliteCommand _read;

    private EventStore(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
        _insert = Prepare(
            "INSERT INTO event (persistence_id, sequence_nr, at, manifest, payload, serializer_id, adapter, writer) VALUES ($p, $s, $a, $m, $d, $i, $e, $w)",
            "$p", "$s", "$a", "$m", "$d", "$i", "$e", "$w");
        _highest = Prepare(
            "SELECT max(ifnull((SELECT max(sequence_nr) FROM event WHERE persistence_id = $p), 0), ifnull((SELECT highest FROM mark WHERE persistence_id = $p), 0))", "$p");
        _deletedTo = Prepare("SELECT ifnull((SELECT deleted_to FROM mark WHERE persistence_id = $p), 0)", "$p");
        _read = Prepare(
            "SELECT sequence_nr, at, manifest, payload, serializer_id, adapter, writer FROM event WHERE persistence_id = $p AND sequence_nr BETWEEN $f AND $t ORDER BY sequence_nr LIMIT $n",
            "$p", "$f", "$t", "$n");
    }

    /// <summary>Opens the file, making it and its directory (0600, 0700) when they are missing.</summary>
    /// <exception cref="SqliteException">It is not a database, or cannot be opened.</exception>
    internal static EventStore Open(JournalSettings settings)
    {
        var directory = Path.GetDirectoryName(settings.Path)!;
        if (!Directory.Exists(directory)) Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // SQLite would make it readable to all; the -wal and -shm files take its mode.
        var create = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        new FileStream(settings.Path, create).Dispose();

        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = settings.Path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = Math.Max(1, (int)settings.BusyTimeout.TotalSeconds),
        }.ToString());
        try
        {
            connection.Open();
            Run(connection, string.Create(null, $"PRAGMA busy_timeout = {(int)settings.BusyTimeout.TotalMilliseconds}; PRAGMA synchronous = {settings.Synchronous}; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = {settings.CheckpointPages};"));
            var version = Version(connection);
            if (version > SchemaVersion) throw new InvalidDataException(string.Create(null, $"journal {settings.Path} was written by a later version: its schema is {version}, this one reads {SchemaVersion}"));
            if (version < SchemaVersion) Run(connection, Schema);
            return new EventStore(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Stores all of them or none.</summary>
    /// <exception cref="SqliteException">None was stored; SQLITE_CONSTRAINT when a sequence number is there already.</exception>
    internal void Append(IReadOnlyList<StoredEvent> events)
    {
        lock (_lock)
        {
            // A single statement is a transaction already.
            if (events.Count == 1) Insert(events[0]);
            else
            {
                Transact(() =>
                {
                    foreach (var e in events) Insert(e);
                });
            }
        }
    }

    /// <summary>The highest sequence number that was ever stored, deleted ones included; 0 for none.</summary>
    internal long HighestSequenceNr(string persistenceId)
    {
        lock (_lock)
        {
            return Highest(persistenceId);
        }
    }

    /// <summary>The highest sequence number that was deleted; 0 for none.</summary>
    internal long DeletedTo(string persistenceId)
    {
        lock (_lock)
        {
            _deletedTo.Parameters[0].Value = persistenceId;
            return (long)_deletedTo.ExecuteScalar()!;
        }
    }

    /// <summary>Events by ascending sequence number, at most <paramref name="limit"/>.</summary>
    /// <exception cref="JournalCorruptException">A row does not have the types it was written with.</exception>
    internal List<StoredEvent> Read(string persistenceId, long from, long to, long limit)
    {
        lock (_lock)
        {
            _read.Parameters[0].Value = persistenceId;
            _read.Parameters[1].Value = from;
            _read.Parameters[2].Value = to;
            _read.Parameters[3].Value = limit;
            var events = new List<StoredEvent>();
            using var row = _read.ExecuteReader();
            while (row.Read()) events.Add(Decode(persistenceId, row));
            return events;
        }
    }

    /// <summary>Removes events up to and with a sequence number. The highest sequence number stays what it was.</summary>
    internal void DeleteTo(string persistenceId, long to)
    {
        lock (_lock)
        {
            Transact(() =>
            {
                var highest = Highest(persistenceId);
                to = Math.Min(to, highest);
                if (to < 1) return;
                using var mark = Prepare(
                    "INSERT INTO mark VALUES ($p, $h, $d) ON CONFLICT (persistence_id) DO UPDATE SET highest = $h, deleted_to = max(deleted_to, $d)", "$p", "$h", "$d");
                mark.Parameters[0].Value = persistenceId;
                mark.Parameters[1].Value = highest;
                mark.Parameters[2].Value = to;
                mark.ExecuteNonQuery();
                using var delete = Prepare("DELETE FROM event WHERE persistence_id = $p AND sequence_nr <= $d", "$p", "$d");
                delete.Parameters[0].Value = persistenceId;
                delete.Parameters[1].Value = to;
                delete.ExecuteNonQuery();
            });
            GiveBack();
        }
    }

    /// <summary>Removes histories whole, with what is remembered of their sequence numbers: for names that are never used again.</summary>
    internal void Forget(IReadOnlyList<string> persistenceIds)
    {
        lock (_lock)
        {
            Transact(() =>
            {
                using var events = Prepare("DELETE FROM event WHERE persistence_id = $p", "$p");
                using var mark = Prepare("DELETE FROM mark WHERE persistence_id = $p", "$p");
                foreach (var id in persistenceIds)
                {
                    events.Parameters[0].Value = id;
                    events.ExecuteNonQuery();
                    mark.Parameters[0].Value = id;
                    mark.ExecuteNonQuery();
                }
            });
            GiveBack();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var command in (ReadOnlySpan<SqliteCommand>)[_begin, _commit, _rollback, _insert, _highest, _deletedTo, _read]) command.Dispose();
            _connection.Dispose();
        }
    }

    private void Insert(in StoredEvent e)
    {
        var p = _insert.Parameters;
        p[0].Value = e.PersistenceId;
        p[1].Value = e.SequenceNr;
        p[2].Value = new DateTime(e.Ticks, DateTimeKind.Utc).ToString("O", CultureInfo.InvariantCulture);
        p[3].Value = e.Manifest;
        p[4].Value = Utf8.IsValid(e.Payload) && !e.Payload.AsSpan().Contains((byte)0) ? Encoding.UTF8.GetString(e.Payload) : e.Payload;
        p[5].Value = e.SerializerId;
        p[6].Value = e.Adapter;
        p[7].Value = e.Writer;
        _insert.ExecuteNonQuery();
    }

    private static StoredEvent Decode(string persistenceId, SqliteDataReader row)
    {
        var sequenceNr = row.GetInt64(0);
        try
        {
            return new StoredEvent(
                persistenceId,
                sequenceNr,
                DateTime.ParseExact(row.GetString(1), "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind).Ticks,
                row.GetInt32(4),
                row.GetString(2),
                row.GetString(5),
                row.GetString(6),
                row.GetValue(3) switch
                {
                    string text => Encoding.UTF8.GetBytes(text),
                    byte[] bytes => bytes,
                    var other => throw new InvalidCastException($"the payload is a {other.GetType().Name}"),
                });
        }
        catch (Exception e) when (e is FormatException or InvalidCastException or OverflowException)
        {
            throw new JournalCorruptException(persistenceId, sequenceNr, $"unreadable: {e.Message}", e);
        }
    }

    private long Highest(string persistenceId)
    {
        _highest.Parameters[0].Value = persistenceId;
        return (long)_highest.ExecuteScalar()!;
    }

    private void Transact(Action work)
    {
        _begin.ExecuteNonQuery();
        try
        {
            work();
            _commit.ExecuteNonQuery();
        }
        catch
        {
            // Some failures (SQLITE_FULL, SQLITE_IOERR) have rolled back by themselves.
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) _rollback.ExecuteNonQuery();
            throw;
        }
    }

    /// <summary>The file is memory, on tmpfs: what deletions free goes back, a few pages at a time.</summary>
    private void GiveBack() => Run(_connection, "PRAGMA incremental_vacuum(64)");

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Version(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return (long)command.ExecuteScalar()!;
    }
}
