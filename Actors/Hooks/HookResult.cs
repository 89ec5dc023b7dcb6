using Anocir.Actors.Containers;

namespace Anocir.Actors.Hooks;

/// <summary>How one hook went.</summary>
public sealed record HookResult
{
    public required HookKind Kind { get; init; }
    /// <summary>Its place in the list of its kind, from 0.</summary>
    public required int Index { get; init; }
    public required string Path { get; init; }
    public required DateTimeOffset EndedAt { get; init; }
    public required TimeSpan Duration { get; init; }
    /// <summary>Null when it did its work; else "exit status 1, stdout: ..., stderr: ...".</summary>
    public string? Failure { get; init; }
    /// <summary>Standard output, then standard error, each cut at the limit.</summary>
    public string Output { get; init; } = "";

    /// <summary>"error running poststop hook #1: ...", or null when it did its work.</summary>
    public string? Describe() => Failure is null ? null : string.Create(null, $"error running {Kind.Name()} hook #{Index}: {Failure}");

    /// <summary>The fact to persist.</summary>
    public HookRan ToEvent() => new()
    {
        At = EndedAt,
        Kind = Kind.Name(),
        Index = Index,
        Path = Path,
        Milliseconds = Math.Round(Duration.TotalMilliseconds, 3),
        Failure = Failure,
        Output = Output,
    };
}
