using Anocir.Platform.Ipc;

namespace Anocir.Platform.Rootfs;

/// <summary>One cgroup v1 hierarchy as the container is to see it.</summary>
/// <param name="Directory">Its directory under the mount: "cpu,cpuacct", "systemd".</param>
/// <param name="HostPath">The container's own cgroup in it, as a path of the host.</param>
/// <param name="Options">What a new mount of it asks for: "cpu", "cpuacct", or "none", "name=systemd".</param>
/// <param name="Links">Other names for a combined one: "cpu", "cpuacct".</param>
public sealed record CgroupHierarchy(string Directory, string HostPath, IReadOnlyList<string> Options, IReadOnlyList<string> Links)
{
    internal static void Write(WireWriter w, CgroupHierarchy h) => w.String(h.Directory).String(h.HostPath).Strings(h.Options).Strings(h.Links);

    internal static CgroupHierarchy Read(WireReader r) => new(r.String(), r.String(), r.Strings(), r.Strings());
}
