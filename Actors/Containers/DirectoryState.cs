using System.Collections.Immutable;

namespace Anocir.Actors.Containers;

/// <summary>Which names live, and which histories are kept: a fold over <see cref="DirectoryEvent"/>.</summary>
public sealed record DirectoryState
{
    public static DirectoryState Empty { get; } = new();

    /// <summary>Oldest first.</summary>
    public ImmutableList<Incarnation> Incarnations { get; init; } = [];

    /// <summary>Sequence number of the last compaction.</summary>
    public long CompactedAt { get; init; }

    public IEnumerable<(ContainerKey Key, string PersistenceId, string CreatedBy)> Living =>
        Incarnations.Where(i => i.ClosedAt is null).Select(i => (new ContainerKey(i.Root, i.Id), i.PersistenceId, i.CreatedBy));

    public DirectoryState Evolve(DirectoryEvent happened) => happened switch
    {
        IncarnationOpened e => this with { Incarnations = Incarnations.Add(new Incarnation(e.Root, e.Id, e.PersistenceId, null, CreatedBy: e.Operation)) },
        IncarnationClosed { Empty: true } e => Without(e.PersistenceId),
        IncarnationClosed e => Close(e),
        HistoryDropped e => Without(e.PersistenceId),
        DirectoryCompacted e => new DirectoryState { Incarnations = [.. e.Incarnations], CompactedAt = e.SequenceNr },
        _ => throw new InvalidOperationException($"no rule for {happened.GetType().Name}"),
    };

    /// <summary>Persistence id of the newest life of this name.</summary>
    public string? Latest(ContainerKey key) => Incarnations.FindLast(i => i.Root == key.Root && i.Id == key.Id)?.PersistenceId;

    /// <summary>Whether this request is the one that deleted the newest life of this name.</summary>
    public bool WasDeletedBy(ContainerKey key, string operation) =>
        operation.Length > 0 && Incarnations.FindLast(i => i.Root == key.Root && i.Id == key.Id) is { ClosedAt: not null } last && last.DeletedBy == operation;

    /// <summary>Histories that a bound of count and age does not keep.</summary>
    public IReadOnlyList<string> Beyond(int count, DateTimeOffset oldest)
    {
        var closed = Incarnations.Where(i => i.ClosedAt is not null).ToList();
        return [.. closed.Where((c, index) => index < closed.Count - count || c.ClosedAt < oldest).Select(c => c.PersistenceId)];
    }

    public DirectoryCompacted ToCompacted(DateTimeOffset at, long sequenceNr) => new() { At = at, Incarnations = Incarnations, SequenceNr = sequenceNr };

    private DirectoryState Without(string persistenceId) => this with { Incarnations = Incarnations.RemoveAll(i => i.PersistenceId == persistenceId) };

    private DirectoryState Close(IncarnationClosed e)
    {
        var index = Incarnations.FindIndex(i => i.PersistenceId == e.PersistenceId);
        return index < 0 ? this : this with { Incarnations = Incarnations.SetItem(index, Incarnations[index] with { ClosedAt = e.At, DeletedBy = e.Operation }) };
    }
}
