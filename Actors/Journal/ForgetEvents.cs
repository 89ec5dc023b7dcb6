namespace Anocir.Actors.Journal;

/// <summary>Asks the embedded journal to remove whole histories, sequence numbers included: for persistence ids that are never used again. The answer is <see cref="EventsForgotten"/>, or Akka's Status.Failure.</summary>
public sealed record ForgetEvents(IReadOnlyList<string> PersistenceIds);
