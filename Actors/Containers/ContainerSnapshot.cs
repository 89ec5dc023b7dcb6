using System.Globalization;
using System.Text.Json;
using Anocir.Platform;
using Anocir.Platform.Oci;
using Mono.Unix.Native;

namespace Anocir.Actors.Containers;

/// <summary>What others are shown of a container: <c>state</c>, <c>list</c>, state.json and the hooks' stdin.</summary>
public sealed record ContainerSnapshot(ContainerKey Key, ContainerStatus Status, string StatusName, int Pid, ContainerCreating? Creation, int? ExitCode, DateTimeOffset? ExitedAt, bool OutOfMemory, Resources? Resources)
{
    internal static ContainerSnapshot Of(ContainerKey key, ContainerState state) => new(
        key, state.Status, state.StatusName, state.HasProcess ? state.Pid : 0, state.Creation,
        state.WaitStatus is { } status ? WaitStatus.ExitCode(status) : null, state.ExitedAt, state.OutOfMemory, state.Resources);

    /// <summary>runc's <c>state</c> document.</summary>
    public string ToStateJson() => ToDocument().ToJson();

    /// <summary>The file state.json: what <c>state</c> prints, and the limits.</summary>
    public string ToFileJson() => (ToDocument() with { Resources = Resources }).ToJson();

    /// <summary>The row of <c>list</c>, with its owner's name, which is looked up.</summary>
    public StateDocument ToEntry() => ToDocument() with { Owner = OwnerName(Creation?.OwnerUid) };

    private StateDocument ToDocument() => new()
    {
        OciVersion = Build.SpecVersion,
        Id = Key.Id,
        Pid = Pid,
        Status = StatusName,
        Bundle = Creation?.Bundle ?? "",
        Rootfs = Creation?.Rootfs ?? "",
        Created = Creation?.At ?? default,
        Annotations = Creation?.Annotations,
    };

    /// <summary>The state that a hook reads (runtime.md, State), with the status that its moment asks for.</summary>
    public string ToHookJson(string status, int pid) => JsonSerializer.Serialize(ToState(status, pid), OciJson.Default.ContainerState);

    /// <summary>The state as the specification has it.</summary>
    public Platform.Oci.ContainerState ToState(string status, int pid) => new()
    {
        OciVersion = Build.SpecVersion,
        Id = Key.Id,
        Status = status,
        Pid = pid,
        Bundle = Creation?.Bundle ?? "",
        Annotations = Creation?.Annotations,
    };

    /// <summary>The user's name, or as runc writes an id that has none.</summary>
    private static string OwnerName(uint? uid)
    {
        if (uid is not { } id) return "";
        return Syscall.getpwuid(id) is { pw_name.Length: > 0 } user ? user.pw_name : string.Create(CultureInfo.InvariantCulture, $"#{id}");
    }
}
