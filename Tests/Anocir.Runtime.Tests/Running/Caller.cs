namespace Anocir.Runtime.Tests.Running;

/// <summary>What a caller hands down to the runtime beside its arguments (see <see cref="Invocation"/>).</summary>
public sealed record Caller(
    string Directory = "/",
    string Redirections = "",
    string Before = "",
    string Wrapper = "",
    string? Terminal = null,
    string? Input = null,
    IReadOnlyDictionary<string, string?>? Environment = null,
    IReadOnlyList<string>? GlobalFlags = null);
