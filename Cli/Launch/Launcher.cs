using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Network;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Launch;

/// <summary>
/// Clones a container's init, or a process that joins it, as the supervisor's ticket says. It is this process that clones, since the container must be a
/// child of whoever called us (containerd-shim and conmon are subreapers), and since only a process with a single managed
/// thread may clone managed code: a child that inherits another thread's garbage collection in progress never ends it.
/// </summary>
/// <remarks>
/// Between clone3 and execveat the child runs this file's code on a copy of our memory. It joins namespaces, which only a
/// single-threaded process may do, and becomes the sealed executable: never the file on disk, which a container could reach
/// through /proc/self/exe (CVE-2019-5736).
/// </remarks>
internal static unsafe class Launcher
{
    private const ulong SigChld = 17;
    private const int NewPid = 0x20000000;
    private const int NewUser = 0x10000000;
    private const int NewNetwork = 0x40000000;
    private const int NewTime = 0x80;
    private const uint CloseRangeCloExec = 4;
    private const int FSetFd = 2;

    /// <summary>Clones the process, and does for it what only its caller's namespaces allow.</summary>
    /// <param name="keep">Descriptors from 3 on that stay open in it, for the user's program.</param>
    public static LaunchedInit Launch(Frame frame, int keep)
    {
        var ticket = LaunchTicket.Read(frame.Reader());
        var namespaces = new List<FdHandle>();
        try
        {
            foreach (var map in ticket.UserNamespaces) namespaces.Add(MappedNamespace.Make(map));
            return Launch(frame, ticket, keep, namespaces);
        }
        catch
        {
            foreach (var handle in namespaces) handle.Dispose();
            throw;
        }
    }

    private static LaunchedInit Launch(Frame frame, LaunchTicket ticket, int keep, IReadOnlyList<FdHandle> namespaces)
    {
        var next = 0;
        using var channel = frame.Claim(next++);
        using var executable = frame.Claim(next++);
        using var cgroup = ticket.IntoCgroup ? frame.Claim(next++) : null;
        var joined = new List<(FdHandle Namespace, int Type)>();
        foreach (var type in ticket.Joined) joined.Add((frame.Claim(next++), type));
        // New namespaces are to belong to the joined user namespace; and without privileges of our own, they come with it.
        var through = joined.Exists(static j => (j.Type & NewUser) != 0) && (ticket.CloneFlags != 0 || Libc.geteuid() != 0);
        using var ownPidNamespace = through ? null : EnterPidNamespace(joined);
        try
        {
            using var image = new InitImage(executable, channel, keep, ticket.Exec);
            var (pid, pidfd) = through ? CloneThroughUserNamespace(ticket, joined, cgroup, image) : CloneDirectly(ticket, joined, cgroup, image);
            var init = new LaunchedInit(pid, pidfd, namespaces, null);
            return ticket.NetDevices.Count == 0 ? init : init with { Devices = MoveDevices(ticket, joined, init) };
        }
        finally
        {
            // A process whose children go to another pid namespace can make no thread (EINVAL), and `run` needs some later.
            if (ownPidNamespace is not null) Libc.setns(ownPidNamespace.Value, NewPid);
            foreach (var (handle, _) in joined) handle.Dispose();
        }
    }

    /// <summary>A joined network namespace is the one that we join; init may not have come so far yet.</summary>
    private static NetworkMove MoveDevices(LaunchTicket ticket, List<(FdHandle Namespace, int Type)> joined, LaunchedInit init)
    {
        try
        {
            if (joined.FirstOrDefault(static j => j.Type == NewNetwork).Namespace is { } target) return NetworkMove.Perform(ticket.NetDevices, target);
            using var made = Sys.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{init.Pid}/ns/net"), Sys.ORdOnly);
            return NetworkMove.Perform(ticket.NetDevices, made);
        }
        catch
        {
            init.Abandon();
            throw;
        }
    }

    private static (int Pid, FdHandle Pidfd) CloneDirectly(LaunchTicket ticket, List<(FdHandle Namespace, int Type)> joined, FdHandle? cgroup, InitImage image)
    {
        var pidfd = -1;
        var pid = Clone(Arguments((ulong)ticket.CloneFlags, cgroup, &pidfd, CloneCall.Pidfd, SigChld), ticket.Exec);
        if (pid < 0) throw new SyscallException("clone init", Marshal.GetLastPInvokeError());
        if (pid > 0) return (pid, new FdHandle(pidfd));
        if (ticket.Exec) image.PrepareToJoin(ticket.OomScoreAdj);
        Join(joined, image, pidNamespaceToo: false);
        MakeTimeNamespace(ticket, image, enter: true);
        if (ticket.AwaitIdMaps) image.AwaitIdMaps();
        if (ticket.AwaitIdMaps || joined.Exists(static j => (j.Type & NewUser) != 0)) image.BecomeRoot();
        image.Execute();
        return default;
    }

    /// <summary>
    /// What belongs to a joined user namespace must be made, or joined, from inside it: an intermediate child joins and clones the
    /// process as its sibling (CLONE_PARENT), so that it is our child all the same. It shares our descriptors, so that the pidfd lands with us.
    /// </summary>
    private static (int Pid, FdHandle Pidfd) CloneThroughUserNamespace(LaunchTicket ticket, List<(FdHandle Namespace, int Type)> joined, FdHandle? cgroup, InitImage image)
    {
        var (ours, theirs) = UnixSocket.Pair();
        using var closeOurs = ours;
        using var closeTheirs = theirs;
        // The cgroup is entered with our rights, not with those that the user namespace leaves; its children are in it.
        var intermediate = Clone(Arguments(0, cgroup, null, CloneCall.Files, SigChld), ticket.Exec);
        if (intermediate < 0) throw new SyscallException("clone", Marshal.GetLastPInvokeError());
        if (intermediate == 0)
        {
            Join(joined, image, pidNamespaceToo: true);
            MakeTimeNamespace(ticket, image, enter: false);
            image.BecomeRoot();
            var pidfd = -1;
            var pid = CloneCall.Clone(Arguments((ulong)ticket.CloneFlags, null, &pidfd, CloneCall.Pidfd | CloneCall.Parent, exitSignal: 0));
            if (pid == 0)
            {
                if (ticket.Exec) image.PrepareToJoin(ticket.OomScoreAdj);
                image.Execute();
            }

            if (pid < 0) image.Fail("clone init");
            new Channel(theirs).Send(FrameKind.Launched, new WireWriter().Int(pidfd));
            Libc._exit(0);
        }

        Sys.WaitForChild(intermediate);
        using var frame = new Channel(ours).TryReceive(out _) ?? throw new ContainerException("join the user namespace: the intermediate process ended early");
        var handle = new FdHandle(frame.Reader().Int());
        return (PidOf(handle), handle);
    }

    /// <param name="hidden">
    /// From its first instruction on the child is where processes of a container can see it: what it has from us (memory, descriptors) must not be
    /// read by them (CVE-2016-9962). It is born so, since it inherits it.
    /// </param>
    private static int Clone(CloneArguments arguments, bool hidden)
    {
        if (!hidden) return CloneCall.Clone(arguments);
        Sys.BecomeUndumpable();
        var pid = CloneCall.Clone(arguments);
        if (pid == 0) return 0;
        var error = Marshal.GetLastPInvokeError();
        Sys.BecomeDumpable();
        Marshal.SetLastPInvokeError(error);
        return pid;
    }

    private static CloneArguments Arguments(ulong namespaces, FdHandle? cgroup, int* pidfd, ulong flags, ulong exitSignal) => new()
    {
        Flags = namespaces | flags | (cgroup is null ? 0 : CloneCall.IntoCgroup),
        Pidfd = (ulong)pidfd,
        ExitSignal = exitSignal,
        Cgroup = cgroup is null ? 0 : (ulong)cgroup.Value,
    };

    /// <summary>A joined pid namespace takes children only, so the parent enters it. Returns the way back.</summary>
    private static FdHandle? EnterPidNamespace(List<(FdHandle Namespace, int Type)> joined)
    {
        var index = joined.FindIndex(static j => j.Type == NewPid);
        if (index < 0) return null;
        var own = Sys.Open("/proc/self/ns/pid", Sys.ORdOnly);
        if (Libc.setns(joined[index].Namespace.Value, NewPid) != 0) throw new SyscallException("join the pid namespace", Marshal.GetLastPInvokeError());
        return own;
    }

    /// <summary>In the child. The user namespace is first in the list: it gives the rights to join the others.</summary>
    private static void Join(List<(FdHandle Namespace, int Type)> joined, InitImage image, bool pidNamespaceToo)
    {
        foreach (var (handle, type) in joined)
        {
            if ((type != NewPid || pidNamespaceToo) && Libc.setns(handle.Value, type) != 0) image.Fail("join the " + NamespaceName(type));
        }
    }

    /// <summary>
    /// In the child: only a process of one thread may enter a time namespace, and init will have more. Before it changes its user, after
    /// which its own files in /proc are not its own to write. Its children are born in it in any case.
    /// </summary>
    private static void MakeTimeNamespace(LaunchTicket ticket, InitImage image, bool enter)
    {
        if (ticket.TimeOffsets is not { } offsets) return;
        if (Libc.unshare(NewTime) != 0) image.Fail("make a time namespace");
        try
        {
            if (offsets.Length > 0) KernelFile.Write("/proc/self/timens_offsets", offsets);
            if (!enter) return;
            using var time = Sys.Open("/proc/self/ns/time_for_children", Sys.ORdOnly);
            if (Libc.setns(time.Value, NewTime) != 0) image.Fail("enter the time namespace");
        }
        catch (SyscallException e)
        {
            image.Fail(new SyscallException($"linux.timeOffsets: set the clocks {offsets.TrimEnd().Replace('\n', ',')}", e.Errno));
        }
    }

    private static string NamespaceName(int type) => type switch
    {
        0x00020000 => "mount namespace",
        0x02000000 => "cgroup namespace",
        0x04000000 => "uts namespace",
        0x08000000 => "ipc namespace",
        NewPid => "pid namespace",
        NewUser => "user namespace",
        0x40000000 => "network namespace",
        NewTime => "time namespace",
        _ => "namespaces of the container",
    };

    /// <summary>The pid behind a pidfd, in our pid namespace (the Pid line of its fdinfo).</summary>
    private static int PidOf(FdHandle pidfd)
    {
        var info = KernelFile.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{pidfd.Value}"));
        var line = info.Split('\n').First(l => l.StartsWith("Pid:", StringComparison.Ordinal));
        return int.Parse(line[4..].Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>What the child becomes: everything for execveat is laid out before the clone.</summary>
    private sealed class InitImage : IDisposable
    {
        private readonly FdHandle _executable;
        private readonly FdHandle _channel;
        private readonly int _keep;
        private readonly byte* _text;
        private readonly byte** _arguments;
        private ProcHandle? _procfs;

        public InitImage(FdHandle executable, FdHandle channel, int keep, bool exec)
        {
            _executable = executable;
            _channel = channel;
            _keep = keep;
            var number = channel.Value.ToString(CultureInfo.InvariantCulture);
            var text = Encoding.ASCII.GetBytes($"anocir\0init\0{number}\0-\0");
            _text = (byte*)NativeMemory.Alloc((nuint)text.Length);
            text.CopyTo(new Span<byte>(_text, text.Length));
            _arguments = (byte**)NativeMemory.Alloc(5, (nuint)sizeof(byte*));
            _arguments[0] = _text;
            _arguments[1] = _text + 7;
            _arguments[2] = _text + 12;
            _arguments[3] = exec ? _text + 12 + number.Length + 1 : null;
            _arguments[4] = null;
        }

        /// <summary>
        /// In the child, which is in the container's pid namespace already, and still in our mount namespace: the procfs that the container's
        /// processes cannot mount anything over. Inside a user namespace the kernel refuses one where /proc has masks.
        /// </summary>
        public void PrepareToJoin(int? oomScoreAdj)
        {
            try
            {
                if (oomScoreAdj is { } score) KernelFile.Write("/proc/self/oom_score_adj", score.ToString(CultureInfo.InvariantCulture));
            }
            catch (SyscallException)
            {
                // The process will try by itself, and say what it may not.
            }

            try
            {
                _procfs = ProcHandle.Open();
                // In place of the "-"; the process ends in an execve, or ends.
                _arguments[3] = (byte*)Marshal.StringToCoTaskMemUTF8(_procfs.Root.Value.ToString(CultureInfo.InvariantCulture));
            }
            catch (SyscallException)
            {
                // Its plan may need none; where it does, that says so.
            }
        }

        /// <summary>In the child: does not return.</summary>
        public void Execute()
        {
            // Whatever the engine left open in us stops here; what was asked for goes on to the user's program.
            Libc.syscall(SyscallNumber.CloseRange, 3 + _keep, int.MaxValue, (nint)CloseRangeCloExec, 0, 0, 0);
            Libc.fcntl(_channel.Value, FSetFd, 0);
            if (_procfs is not null) Libc.fcntl(_procfs.Root.Value, FSetFd, 0);
            byte empty = 0;
            byte* noEnvironment = null;
            Libc.syscall(SyscallNumber.ExecveAt, _executable.Value, (nint)(&empty), (nint)_arguments, (nint)(&noEnvironment), Sys.AtEmptyPath, 0);
            Fail("execute init");
        }

        /// <summary>In the child: the supervisor writes the maps of our new user namespace, and says so.</summary>
        public void AwaitIdMaps()
        {
            using var frame = new Channel(_channel).Receive();
            if (frame is not { Kind: FrameKind.Continue }) Libc._exit(1);
        }

        /// <summary>In the child: an execve by anybody but the user namespace's root would drop its capabilities (capabilities(7)).</summary>
        public void BecomeRoot()
        {
            if (Libc.syscall(SyscallNumber.SetResGid, 0, 0, 0, 0, 0, 0) != 0) Fail("setresgid 0 in the user namespace");
            if (Libc.syscall(SyscallNumber.SetResUid, 0, 0, 0, 0, 0, 0) != 0) Fail("setresuid 0 in the user namespace");
        }

        /// <summary>In the child: tells the supervisor what failed (the last call), and ends.</summary>
        public void Fail(string action) => Fail(new SyscallException(action, Marshal.GetLastPInvokeError()));

        public void Fail(SyscallException failure)
        {
            new Channel(_channel).Send(FrameKind.Failed, new WireWriter().String(failure.Message));
            Libc._exit(1);
        }

        public void Dispose()
        {
            NativeMemory.Free(_arguments);
            NativeMemory.Free(_text);
        }
    }
}
