using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Terminals;

/// <summary>A pseudo-terminal made on a container's own devpts.</summary>
public sealed class Pty : IDisposable
{
    private const ulong PtmxInode = 2;

    private Pty(FdHandle master, FdHandle slave, int number)
    {
        Master = master;
        Slave = slave;
        SlaveName = string.Create(null, $"/dev/pts/{number}");
    }

    public FdHandle Master { get; }

    public FdHandle Slave { get; }

    /// <summary>The slave as the container names it, "/dev/pts/0".</summary>
    public string SlaveName { get; }

    /// <summary>Opens a terminal inside a container.</summary>
    /// <param name="root">The container's root directory.</param>
    /// <param name="devpts">The root of its devpts if it is at hand; otherwise /dev/pts is looked up inside the root.</param>
    /// <exception cref="SyscallException">There is no devpts.</exception>
    /// <exception cref="ContainerException">What stands for the multiplexer is something else (CVE-2025-52565).</exception>
    public static Pty Open(FdHandle root, FdHandle? devpts)
    {
        const ulong inRoot = Sys.ResolveInRoot | Sys.ResolveNoMagicLinks;
        int errno;
        var master = devpts is not null
            ? Sys.TryOpen(devpts, "ptmx", Sys.ORdWr | Sys.ONoCtty | Sys.ONoFollow, 0, out errno)
            : Sys.TryOpenAt2(root, "dev/pts/ptmx", Sys.ORdWr | Sys.ONoCtty, inRoot, out errno);
        if (master is null) throw new SyscallException("open /dev/pts/ptmx", errno);
        FdHandle? slave = null;
        try
        {
            var status = Sys.Stat(master, "/dev/pts/ptmx");
            if (!status.IsDevice(FileStatus.Character, 5, 2) || status.Inode != PtmxInode || Sys.FileSystemMagic(master, "/dev/pts/ptmx") != Sys.DevPtsMagic)
                throw new ContainerException("/dev/pts/ptmx is not the terminal multiplexer of a devpts");
            var number = Sys.UnlockPty(master);
            slave = Sys.OpenPtyPeer(master);
            // Major 136 and up: Unix98 slaves; the peer of a verified master can be nothing else, unless the kernel changed.
            if (Sys.Stat(slave, "the slave of a terminal") is not { Type: FileStatus.Character, DeviceMajor: >= 136 and <= 143 })
                throw new ContainerException("the slave of /dev/pts/ptmx is not a terminal");
            return new Pty(master, slave, number);
        }
        catch
        {
            slave?.Dispose();
            master.Dispose();
            throw;
        }
    }

    public void SetSize(WindowSize size) => size.Apply(Master);

    /// <summary>Gives the slave to the container's user; its group stays the one devpts gives (tty).</summary>
    public void SetOwner(uint uid)
    {
        if (Libc.fchown(Slave.Value, uid, uint.MaxValue) != 0) throw new SyscallException($"chown {SlaveName}", Marshal.GetLastPInvokeError());
    }

    /// <summary>Makes the slave the controlling terminal of a new session and standard input, output and error of this process.</summary>
    public void TakeOver()
    {
        Sys.TakeTerminal(Slave, SlaveName);
        for (var number = 0; number <= 2; number++) Sys.DuplicateTo(Slave, number);
    }

    public void Dispose()
    {
        Slave.Dispose();
        Master.Dispose();
    }
}
