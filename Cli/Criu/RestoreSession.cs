using System.Globalization;
using System.Text;
using Anocir.Cli.Client;
using Anocir.Cli.Init;
using Anocir.Platform;
using Anocir.Platform.Criu;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Criu;

/// <summary>
/// Has CRIU restore a container, as a child of ours: whoever called us inherits it. Step by step with the supervisor, which puts CRIU into the
/// container's cgroup, runs the hooks once the namespaces exist, and stores that init is there.
/// </summary>
/// <param name="client">The connection on which the supervisor has sent the plan.</param>
/// <param name="console">Gets the terminal's master; without it the supervisor relays.</param>
internal sealed class RestoreSession(SupervisorClient client, RestorePlan plan, CriuFlags flags, FdHandle? console) : IDisposable
{
    private const string LogName = "restore.log";
    private bool _done;

    /// <summary>Of the restored init; 0 before there is one.</summary>
    public int Pid { get; private set; }

    public FdHandle? Pidfd { get; private set; }

    /// <summary>The supervisor has given the restore up, and undone it: it has said why.</summary>
    public bool IsOver { get; private set; }

    /// <exception cref="ContainerException">In CRIU's words, with the path of its log.</exception>
    public void Restore()
    {
        var version = CriuAbilities.Version();
        foreach (var label in (ReadOnlySpan<string>)["lsm-profile", "lsm-mount-context"])
        {
            if (flags.Value(label) is { Length: > 0 } && version < CriuAbilities.SecurityLabels) throw new ContainerException($"--{label} requires at least CRIU 3.16");
        }

        CriuAbilities.Require(trackMemory: false, lazyPages: flags.Has("lazy-pages"));
        using var host = Sys.Open("/proc/thread-self/ns/mnt", Sys.ORdOnly);
        Sys.EnterPrivateMounts();
        try
        {
            // Opened here: CRIU mounts relative to its work directory, which only a directory of its own namespace takes.
            using var images = Sys.Open(flags.Images, Sys.ORdOnly | Sys.ODirectory);
            using var work = flags.OpenWork();
            RestoreIn(images, work);
        }
        finally
        {
            // With us and CRIU its last process is gone from the namespace, and with it every mount that was made for the restore.
            Sys.EnterNamespace(host, NamespaceTypes.Mount, "our mount namespace");
            Sys.RemoveDirectory(null, plan.MountPoint);
        }
    }

    public void Dispose()
    {
        if (Pidfd is not null && !_done)
        {
            Sys.SignalProcess(Pidfd, 9);
            Sys.WaitForChild(Pid);
        }

        Pidfd?.Dispose();
    }

    private void RestoreIn(FdHandle images, FdHandle? work)
    {
        var mounts = ExternalMounts.MakeForRestore(plan.Rootfs);
        CriuFlags.MakeDirectories(plan.MountPoint);
        ExternalMounts.BindRoot(plan.Rootfs.RootPath, plan.MountPoint);
        var handed = new List<FdHandle>();
        try
        {
            var inherited = StandardStreams.ReadPipes(images, flags.Images).ToList();
            var joined = new List<(string, string)>();
            foreach (var (type, path) in plan.JoinedNamespaces)
            {
                // CRIU takes these two as descriptors under the name that the dump gave them, and enters the others by itself.
                if (type is not ("net" or "pid"))
                {
                    joined.Add((type, path));
                    continue;
                }

                inherited.Add((Checkpointing.NameOf(type), CriuProcess.FirstDescriptor + handed.Count));
                handed.Add(Sys.Open(path, Sys.ORdOnly));
            }

            var options = flags.Options(images, work, LogName, plan.MountPoint, plan.ConfigFile) with
            {
                Restoring = true,
                TcpClose = flags.Has("tcp-close"),
                LsmProfile = flags.Value("lsm-profile") is { Length: > 0 } profile ? profile : null,
                LsmMountContext = flags.Value("lsm-mount-context") is { Length: > 0 } context ? context : null,
                ExternalMounts = mounts,
                InheritedDescriptors = inherited,
                JoinedNamespaces = joined,
            };
            using var criu = CriuProcess.Start(ownStreams: true, handed);
            Tell(FrameKind.CriuStarted, new WireWriter().Int(criu.Pid));
            var log = flags.Log(LogName);
            criu.Perform(CriuRequestType.Restore, options with { CgroupRoots = CgroupsOf(criu.Pid) }, log, notification => OnNotification(notification, criu));
            if (Pidfd is null) throw new ContainerException($"criu restored no process{CriuLog.Quote(log)}");
            _done = true;
        }
        finally
        {
            foreach (var one in handed) one.Dispose();
        }
    }

    private void OnNotification(CriuResponse notification, CriuProcess criu)
    {
        switch (notification.Script)
        {
            // The first word of init; the namespaces are made, and nothing in them runs yet. "post-restore" is the last.
            case "setup-namespaces" or "post-restore" when Pidfd is null:
                Pid = notification.Pid;
                Pidfd = Sys.TryOpenProcess(Pid, out var errno) ?? throw new SyscallException($"pidfd_open {Pid}", errno);
                if (plan.BringLoopbackUp) BringLoopbackUp(Pid);
                Tell(FrameKind.Launched, new WireWriter().Int(Pid), Pidfd);
                break;
            case "orphan-pts-master" when criu.Received is { } master:
                if (console is not null) DescriptorMessage.Send(console, Encoding.ASCII.GetBytes("/dev/pts/0"), master);
                else client.Channel.Send(FrameKind.Console, ReadOnlySpan<byte>.Empty, master);
                break;
        }
    }

    private static void BringLoopbackUp(int pid)
    {
        using var own = Sys.Open("/proc/thread-self/ns/net", Sys.ORdOnly);
        using var its = Sys.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net"), Sys.ORdOnly);
        Sys.EnterNamespace(its, NamespaceTypes.Network, "the container's network namespace");
        try
        {
            Loopback.BringUp();
        }
        finally
        {
            Sys.EnterNamespace(own, NamespaceTypes.Network, "our network namespace");
        }
    }

    /// <summary>Says how far it is, and waits until the supervisor has done its part.</summary>
    private void Tell(FrameKind kind, WireWriter body, params ReadOnlySpan<FdHandle> descriptors)
    {
        client.Channel.Send(kind, body, descriptors);
        using var frame = client.ReceiveAnswer();
        switch (frame?.Kind)
        {
            case FrameKind.Continue: return;
            case FrameKind.Answer:
                IsOver = true;
                throw new ContainerException(Answer.Read(frame.Reader()).Error ?? "the supervisor ended the restore");
            default:
                IsOver = true;
                throw new ContainerException("the supervisor ended before the container was restored; its log says why");
        }
    }

    /// <summary>The cgroups that CRIU is in, by controller; "" is the version 2 one. Those that were dumped are set up below them.</summary>
    private static List<(string, string)> CgroupsOf(int pid)
    {
        var roots = new List<(string, string)>();
        foreach (var line in KernelFile.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup")).Split('\n'))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path]) continue;
            foreach (var controller in controllers.Split(',')) roots.Add((controller, path));
        }

        return roots;
    }
}
