using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;

namespace Anocir.Platform.Launch;

/// <summary>A hook that init runs in the container's namespaces. Timeout in seconds; null waits as long as it takes.</summary>
public sealed record HookPlan(string Path, IReadOnlyList<string> Args, IReadOnlyList<string> Env, int? Timeout)
{
    public static IReadOnlyList<HookPlan> From(IReadOnlyList<Hook>? hooks) =>
        [.. (hooks ?? []).Select(h => new HookPlan(h.Path!, h.Args is { Count: > 0 } args ? args : [h.Path!], h.Env ?? [], h.Timeout))];

    public void Write(WireWriter w) => w.String(Path).Strings(Args).Strings(Env).OptionalInt(Timeout);

    public static HookPlan Read(WireReader r) => new(r.String(), r.Strings(), r.Strings(), r.OptionalInt());
}
