namespace Anocir.Actors.Journal;

/// <summary>The histories are gone.</summary>
public sealed record EventsForgotten(IReadOnlyList<string> PersistenceIds);
