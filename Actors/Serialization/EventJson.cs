using System.Text.Json.Serialization;
using Anocir.Actors.Containers;

namespace Anocir.Actors.Serialization;

/// <summary>The JSON of stored events. A field may be added when it is optional; anything else is a new manifest.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ContainerCreating))]
[JsonSerializable(typeof(InitSpawned))]
[JsonSerializable(typeof(ContainerCreated))]
[JsonSerializable(typeof(ContainerCreationFailed))]
[JsonSerializable(typeof(HookRan))]
[JsonSerializable(typeof(ContainerStarted))]
[JsonSerializable(typeof(ExecStarted))]
[JsonSerializable(typeof(ExecExited))]
[JsonSerializable(typeof(SignalAsked))]
[JsonSerializable(typeof(SignalSent))]
[JsonSerializable(typeof(ContainerPaused))]
[JsonSerializable(typeof(ContainerResumed))]
[JsonSerializable(typeof(ContainerUpdated))]
[JsonSerializable(typeof(ContainerCheckpointed))]
[JsonSerializable(typeof(ContainerRestored))]
[JsonSerializable(typeof(OutOfMemory))]
[JsonSerializable(typeof(ContainerExited))]
[JsonSerializable(typeof(ContainerDeleting))]
[JsonSerializable(typeof(ContainerDeleted))]
[JsonSerializable(typeof(IncarnationOpened))]
[JsonSerializable(typeof(IncarnationClosed))]
[JsonSerializable(typeof(HistoryDropped))]
[JsonSerializable(typeof(DirectoryCompacted))]
internal sealed partial class EventJson : JsonSerializerContext;
