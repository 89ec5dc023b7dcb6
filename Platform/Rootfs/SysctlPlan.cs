using Anocir.Platform.Ipc;

namespace Anocir.Platform.Rootfs;

/// <summary>A kernel parameter: its path under /proc/sys ("net/ipv4/ip_forward") and its value.</summary>
public sealed record SysctlPlan(string Path, string Value)
{
    internal static void Write(WireWriter w, SysctlPlan s) => w.String(s.Path).String(s.Value);

    internal static SysctlPlan Read(WireReader r) => new(r.String(), r.String());
}
