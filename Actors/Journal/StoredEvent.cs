namespace Anocir.Actors.Journal;

/// <summary>One row of the journal.</summary>
/// <param name="Ticks">When it was written: UTC, 100 ns since year 1.</param>
/// <param name="Manifest">Of the serializer.</param>
/// <param name="Adapter">Manifest of the event adapter, mostly empty.</param>
/// <param name="Writer">Names the incarnation of the actor that wrote it: two in one history are two rivals.</param>
internal readonly record struct StoredEvent(
    string PersistenceId, long SequenceNr, long Ticks, int SerializerId, string Manifest, string Adapter, string Writer, byte[] Payload);
