namespace Anocir.Platform.Processes;

/// <summary>A program to run in this process's own namespaces, with its output captured.</summary>
public sealed record ChildProcessStart
{
    /// <summary>The file that is executed, absolute; PATH is not searched.</summary>
    public required string Path { get; init; }
    /// <summary>argv, its first entry included and given as it is.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }
    /// <summary>The whole environment, as "NAME=value".</summary>
    public required IReadOnlyList<string> Environment { get; init; }
    /// <summary>Absolute.</summary>
    public required string WorkingDirectory { get; init; }
    /// <summary>What the program finds on its standard input.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }
    /// <summary>Bytes kept of the standard output, and as many of the standard error; what is beyond is read and dropped.</summary>
    public required int OutputLimit { get; init; }
}
