namespace Anocir.Actors.Containers;

/// <summary>What an operator tunes of containers (anocir.containers in HOCON).</summary>
/// <param name="HistoryCount">Histories of deleted containers that are kept, newest first.</param>
/// <param name="HistoryAge">How long they are kept at most.</param>
/// <param name="DirectoryCompaction">Events of the directory after which it is written anew.</param>
public sealed record ContainerSettings(int HistoryCount, TimeSpan HistoryAge, int DirectoryCompaction);
