using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Anocir.Actors.Serialization;

/// <summary>What every stored event is called. A name is for ever: a changed shape gets the next number and a type of its own, and the old row stays to be read.</summary>
internal static class EventManifests
{
    // A quote in a stored config.json is \" and not \u0022: nobody puts these into HTML, people read them.
    internal static EventJson Json { get; } = new(new JsonSerializerOptions(EventJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static readonly Row[] Rows =
    [
        new("container-creating.1", Json.ContainerCreating),
        new("init-spawned.1", Json.InitSpawned),
        new("container-created.1", Json.ContainerCreated),
        new("container-creation-failed.1", Json.ContainerCreationFailed),
        new("hook-ran.1", Json.HookRan),
        new("container-started.1", Json.ContainerStarted),
        new("exec-started.1", Json.ExecStarted),
        new("exec-exited.1", Json.ExecExited),
        new("signal-asked.1", Json.SignalAsked),
        new("signal-sent.1", Json.SignalSent),
        new("container-paused.1", Json.ContainerPaused),
        new("container-resumed.1", Json.ContainerResumed),
        new("container-updated.1", Json.ContainerUpdated),
        new("container-checkpointed.1", Json.ContainerCheckpointed),
        new("container-restored.1", Json.ContainerRestored),
        new("out-of-memory.1", Json.OutOfMemory),
        new("container-exited.1", Json.ContainerExited),
        new("container-deleting.1", Json.ContainerDeleting),
        new("container-deleted.1", Json.ContainerDeleted),
        new("incarnation-opened.1", Json.IncarnationOpened),
        new("incarnation-closed.1", Json.IncarnationClosed),
        new("history-dropped.1", Json.HistoryDropped),
        new("directory-compacted.1", Json.DirectoryCompacted),
    ];

    internal static FrozenDictionary<string, Row> ByManifest { get; } = Rows.ToFrozenDictionary(row => row.Manifest);

    internal static FrozenDictionary<Type, Row> ByType { get; } = Rows.ToFrozenDictionary(row => row.Json.Type);

    /// <summary>A manifest, and the JSON that goes under it.</summary>
    internal sealed record Row(string Manifest, JsonTypeInfo Json);
}
