using Anocir.Platform.Ipc;

namespace Anocir.Platform.Rootfs;

/// <summary>A symlink in /dev: its name there and what it says.</summary>
public sealed record SymlinkPlan(string Name, string Target)
{
    internal static void Write(WireWriter w, SymlinkPlan s) => w.String(s.Name).String(s.Target);

    internal static SymlinkPlan Read(WireReader r) => new(r.String(), r.String());
}
