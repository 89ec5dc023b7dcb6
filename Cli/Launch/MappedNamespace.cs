using System.Globalization;
using System.Runtime.InteropServices;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Launch;

/// <summary>
/// User namespaces that hold nothing but the mappings of an idmapped mount (mount_setattr(2)). It takes a process to make one; it takes
/// nobody to keep it while its descriptor is open.
/// </summary>
internal static unsafe class MappedNamespace
{
    private const ulong NewUser = 0x10000000;
    private const ulong SigChld = 17;
    private const int SigKill = 9;

    /// <summary>Makes one. Only for a process that has no other managed thread (<see cref="CloneCall"/>).</summary>
    public static FdHandle Make(IdMapPlan map)
    {
        var (ours, theirs) = UnixSocket.Pair();
        using var closeOurs = ours;
        using var closeTheirs = theirs;
        var pid = CloneCall.Clone(new CloneArguments { Flags = NewUser, ExitSignal = SigChld });
        if (pid < 0) throw new SyscallException("make a user namespace for an idmapped mount", Marshal.GetLastPInvokeError());
        if (pid == 0) WaitForTheEnd(ours, theirs);
        try
        {
            IdMaps.Write(pid, map.UidMappings, map.GidMappings);
            return Sys.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/user"), Sys.ORdOnly);
        }
        finally
        {
            Libc.kill(pid, SigKill);
            Sys.WaitForChild(pid);
        }
    }

    /// <summary>In the child. With its own end alone left in our hands, its reading ends when the parent does.</summary>
    private static void WaitForTheEnd(FdHandle parents, FdHandle own)
    {
        byte nothing;
        Libc.close(parents.Value);
        Libc.read(own.Value, &nothing, 1);
        Libc._exit(0);
    }
}
