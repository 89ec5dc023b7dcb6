namespace Anocir.Actors.Containers;

/// <summary>What the directory of containers remembers.</summary>
public abstract record DirectoryEvent
{
    public required DateTimeOffset At { get; init; }
}

/// <summary>A container of this name begins; its events are stored under the persistence id.</summary>
public sealed record IncarnationOpened : DirectoryEvent
{
    public required string Root { get; init; }
    public required string Id { get; init; }
    public required string PersistenceId { get; init; }
    /// <summary>The request that creates it, to recognise a repeated one.</summary>
    public string Operation { get; init => field = value ?? ""; } = "";
}

/// <summary>It is gone. Empty: it was refused before anything was stored.</summary>
public sealed record IncarnationClosed : DirectoryEvent
{
    public required string PersistenceId { get; init; }
    public bool Empty { get; init; }
    /// <summary>The request that deleted it, to recognise a repeated one.</summary>
    public string Operation { get; init => field = value ?? ""; } = "";
}

/// <summary>Its history was deleted, being beyond the bound.</summary>
public sealed record HistoryDropped : DirectoryEvent
{
    public required string PersistenceId { get; init; }
}

/// <summary>The whole directory in one event; all before it may be deleted.</summary>
public sealed record DirectoryCompacted : DirectoryEvent
{
    public required IReadOnlyList<Incarnation> Incarnations { get; init; }
    public required long SequenceNr { get; init; }
}

/// <summary>One life of a name. ClosedAt is null while it lives.</summary>
public sealed record Incarnation(string Root, string Id, string PersistenceId, DateTimeOffset? ClosedAt, string DeletedBy = "", string CreatedBy = "");
