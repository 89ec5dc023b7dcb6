using Anocir.Platform.Cgroups;
using Anocir.Platform.Syscalls;

namespace Anocir.Supervisor.Composition;

/// <summary>
/// Leaves what is the starter's and outlives fork and exec: its cgroup, which may be a pod's or conmon's and be killed whole, and
/// its OOM score. The session, the descriptors, the environment and the directory were left by the starter's own hand.
/// </summary>
internal static class Detachment
{
    public static void LeaveCaller()
    {
        // Under systemd we are in our own service's cgroup, where we belong.
        if (Environment.GetEnvironmentVariable("INVOCATION_ID") is not null) return;
        foreach (var hierarchy in CgroupHost.Detect().Hierarchies)
        {
            // The root of each hierarchy takes any process and is never removed. Without the right to move there we stay.
            KernelFile.TryWrite(null, $"{hierarchy.MountPoint}/cgroup.procs", "0");
        }

        KernelFile.TryWrite(null, "/proc/self/oom_score_adj", "0");
    }
}
