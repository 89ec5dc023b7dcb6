namespace Anocir.Actors.Settings;

/// <summary>Bounds of the control socket.</summary>
public sealed record SocketSettings
{
    /// <summary>Connections that wait to be accepted (listen(2)).</summary>
    public required int Backlog { get; init; }
    /// <summary>Connections at a time; more are closed.</summary>
    public required int MaxConnections { get; init; }
    /// <summary>A longer frame ends its connection.</summary>
    public required int MaxFrameBytes { get; init; }
    /// <summary>File descriptors that come with one frame; more end its connection.</summary>
    public required int MaxFrameDescriptors { get; init; }
    /// <summary>A connection that sends no whole request for so long is closed.</summary>
    public required TimeSpan RequestTimeout { get; init; }
}
