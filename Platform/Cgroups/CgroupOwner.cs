using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>Hands a cgroup to another user. Only the files that delegation needs: the limits stay the host's.</summary>
internal static class CgroupOwner
{
    private static readonly string[] Fallback = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];

    internal static void Change(CgroupDirectory directory, uint uid)
    {
        Change(directory, ".", uid);
        var files = KernelFile.TryRead(null, "/sys/kernel/cgroup/delegate", out _)?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? Fallback;
        foreach (var file in files) Change(directory, file, uid);
    }

    private static void Change(CgroupDirectory directory, string file, uint uid)
    {
        var result = Libc.fchownat(directory.Hierarchy.Root.Value, directory.File(file), uid, uint.MaxValue, 0);
        var errno = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        // The list is of every file that any cgroup can have.
        if (errno is not (0 or Errno.ENOENT)) throw new SyscallException($"chown {directory.Absolute}/{file}", errno);
    }
}
