namespace Anocir.Actors.Journal;

/// <summary>A row of the journal is missing or cannot be understood. Only the actor that it belongs to fails.</summary>
public sealed class JournalCorruptException(string persistenceId, long sequenceNr, string reason, Exception? inner = null)
    : Exception(string.Create(null, $"journal of {persistenceId}, event {sequenceNr}: {reason}"), inner)
{
    public string PersistenceId { get; } = persistenceId;

    public long SequenceNr { get; } = sequenceNr;
}
