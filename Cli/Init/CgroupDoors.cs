using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Init;

/// <summary>The v1 cgroups that a process enters by itself.</summary>
internal static class CgroupDoors
{
    /// <param name="first">Index of the first <c>tasks</c> file among the frame's descriptors.</param>
    public static void Enter(Frame frame, int first, int count)
    {
        for (var i = 0; i < count; i++)
        {
            // "0" moves the writer itself, a single thread, which spares the kernel a grace period (milliseconds).
            using var tasks = frame.Claim(first + i);
            var errno = Sys.TryWrite(tasks, "0"u8);
            if (errno != 0) throw new SyscallException("enter the cgroup", errno);
        }
    }
}
