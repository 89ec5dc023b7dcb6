using System.Globalization;
using System.Text;
using System.Text.Json;
using Anocir.Actors.Serialization;
using Anocir.Platform;

namespace Anocir.Actors.Containers;

/// <summary>A container's events for a reader: time, what happened, and how long after the step before.</summary>
internal static class HistoryDocument
{
    public static string Render(IReadOnlyList<ContainerEvent> events)
    {
        var text = new StringBuilder();
        DateTimeOffset? before = null;
        foreach (var e in events)
        {
            var since = before is null ? "" : string.Create(CultureInfo.InvariantCulture, $"+{(e.At - before.Value).TotalMilliseconds:0.00} ms");
            text.Append(CultureInfo.InvariantCulture, $"{e.At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffffZ}  {since,14}  {Describe(e)}\n");
            before = e.At;
        }

        return text.ToString();
    }

    private static string Describe(ContainerEvent happened) => happened switch
    {
        ContainerCreating e => $"creating   bundle {e.Bundle}",
        InitSpawned e => $"spawned    init is process {e.Pid}",
        ContainerCreated => "created    init waits for start",
        ContainerCreationFailed e => $"failed     {e.Reason}",
        HookRan { Failure: null } e => string.Create(CultureInfo.InvariantCulture, $"hook       {e.Kind} #{e.Index} {e.Path} took {e.Milliseconds:0.0} ms"),
        HookRan e => string.Create(CultureInfo.InvariantCulture, $"hook       {e.Kind} #{e.Index} {e.Path} failed after {e.Milliseconds:0.0} ms: {e.Failure}"),
        ContainerStarted => "started    the user's program runs",
        ExecStarted e => $"exec       #{e.Number} is process {e.Pid}: {string.Join(' ', e.Args)}",
        ExecExited { WaitStatus: { } status } e => $"exec       #{e.Number} ended: {WaitStatus.Describe(status)}",
        ExecExited e => $"exec       #{e.Number} ended, nobody could tell how",
        SignalAsked e => $"asked      for signal {e.Signal}",
        SignalSent e => $"signal     {e.Signal}{(e.All ? " to all processes" : "")}",
        ContainerPaused => "paused",
        ContainerResumed => "resumed",
        ContainerUpdated e => $"updated    {JsonSerializer.Serialize(e.Change, EventManifests.Json.Resources)}{string.Concat((e.Schemata ?? []).Select(line => " " + line))}",
        ContainerCheckpointed e => $"saved      {(e.PreDump ? "its memory " : "")}to {e.ImagePath}{(e.LeaveRunning ? ", and goes on" : "")}",
        ContainerRestored e => $"restored   from {e.ImagePath}",
        OutOfMemory e => e.Kills is { } kills ? $"oom        the kernel has killed {kills} process(es) for want of memory" : "oom        out of memory",
        ContainerExited { WaitStatus: { } status } e => $"exited     {WaitStatus.Describe(status)}{(e.OutOfMemory ? ", out of memory" : "")}",
        ContainerExited => "exited     nobody could tell how",
        ContainerDeleting => "deleting",
        ContainerDeleted => "deleted",
        _ => happened.GetType().Name,
    };
}
