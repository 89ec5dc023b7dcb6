using System.Runtime.InteropServices;

namespace Anocir.Runtime.Tests.Seccomp;

/// <summary>Reads the seccomp filters of a live process by ptrace(2), which belongs to one thread from attaching to detaching.</summary>
internal static unsafe partial class Tracer
{
    private const nint Detach = 17;
    private const nint Seize = 0x4206;
    private const nint Interrupt = 0x4207;
    private const nint SeccompGetFilter = 0x420c;
    private const nint SeccompGetMetadata = 0x420d;
    private const int WaitAll = 0x40000000; // __WALL
    private const int ENOENT = 2;

    /// <summary>The filters, the newest first, and for each whether it logs (the one flag that the kernel tells of).</summary>
    public static (FilterStack Filters, bool[] Log) FiltersOf(int pid)
    {
        (FilterStack, bool[])? read = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                read = Read(pid);
            }
            catch (IOException e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return read ?? throw new IOException($"the filters of process {pid}", failure);
    }

    private static (FilterStack, bool[]) Read(int pid)
    {
        Call(Seize, pid, 0, null, "PTRACE_SEIZE");
        Call(Interrupt, pid, 0, null, "PTRACE_INTERRUPT");
        int status;
        if (waitpid(pid, &status, WaitAll) != pid) throw new IOException($"waitpid: errno {Marshal.GetLastPInvokeError()}");
        var programs = new List<byte[]>();
        var logs = new List<bool>();
        var metadata = stackalloc ulong[2];
        while (true)
        {
            var length = ptrace(SeccompGetFilter, pid, programs.Count, null);
            if (length < 0 && Marshal.GetLastPInvokeError() == ENOENT) break;
            if (length < 0) throw new IOException($"PTRACE_SECCOMP_GET_FILTER: errno {Marshal.GetLastPInvokeError()}");
            (metadata[0], metadata[1]) = ((ulong)programs.Count, 0);
            Call(SeccompGetMetadata, pid, 16, metadata, "PTRACE_SECCOMP_GET_METADATA");
            logs.Add((metadata[1] & 2) != 0);
            var program = new byte[8 * length];
            fixed (byte* to = program) Call(SeccompGetFilter, pid, programs.Count, to, "PTRACE_SECCOMP_GET_FILTER");
            programs.Add(program);
        }

        Call(Detach, pid, 0, null, "PTRACE_DETACH");
        return (new FilterStack(programs), [.. logs]);
    }

    private static void Call(nint request, int pid, nint address, void* data, string name)
    {
        if (ptrace(request, pid, address, data) < 0) throw new IOException($"{name} of process {pid}: errno {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint ptrace(nint request, nint pid, nint address, void* data);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, int* status, int options);
}
