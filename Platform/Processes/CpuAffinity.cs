using System.Globalization;
using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>The CPUs that the calling thread may run on.</summary>
public static unsafe class CpuAffinity
{
    /// <param name="list">CPU numbers as the kernel writes them: "0-3,7".</param>
    /// <exception cref="SyscallException">EINVAL: none of them is there, or the cgroup allows none of them.</exception>
    public static void Set(string list)
    {
        var mask = Parse(list);
        fixed (byte* bytes = mask)
        {
            if (Libc.syscall(SyscallNumber.SchedSetAffinity, 0, mask.Length, (nint)bytes, 0, 0, 0) != 0)
                throw new SyscallException($"set the CPU affinity to {list}", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>One bit for each CPU, in whole 8-byte words (sched_setaffinity(2)).</summary>
    /// <exception cref="ContainerException">Not such a list.</exception>
    internal static byte[] Parse(string list)
    {
        const int MostCpus = 8192;
        var mask = new byte[MostCpus / 8];
        foreach (var item in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var bounds = item.Split('-');
            if (bounds.Length > 2 || !Number(bounds[0], out var first) || !Number(bounds[^1], out var last) || first > last || last >= MostCpus)
                throw new ContainerException($"execCPUAffinity: {item} is not a range of CPUs");
            for (var cpu = first; cpu <= last; cpu++) mask[cpu / 8] |= (byte)(1 << cpu % 8);
        }

        return mask;
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
