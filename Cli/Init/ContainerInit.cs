using System.Runtime.InteropServices;
using Anocir.Platform;
using Anocir.Platform.Diagnostics;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Processes;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;

namespace Anocir.Cli.Init;

/// <summary>
/// The container side: process 1 of the container, from the sealed executable to the user's program. It does what its plan says,
/// in the plan's order, and tells the supervisor of the first thing that fails. Until the supervisor has stored that the container
/// is created, the end of the channel ends init too: nobody would know of it.
/// </summary>
internal static class ContainerInit
{
    private const int NewCgroup = 0x02000000;

    /// <param name="first">The channel to the supervisor.</param>
    /// <param name="began">When Main was entered, for the trace.</param>
    public static int Run(Channel first, long began)
    {
        Channel? channel = first;
        try
        {
            using var frame = channel.Receive();
            if (frame is not { Kind: FrameKind.Plan }) return 1;
            var plan = InitPlan.Read(frame.Reader());
            PhaseTrace.Start("init", plan.TracePath, began);
            PhaseTrace.Mark("plan-read");
            // Open until the program takes our place, which closes it.
            var listener = frame.Claim(0);
            using var console = plan.ConsoleSocket ? frame.Claim(1) : null;
            CgroupDoors.Enter(frame, plan.ConsoleSocket ? 2 : 1, plan.CgroupCount);
            PhaseTrace.Mark("cgroups-entered");
            var next = (plan.ConsoleSocket ? 2 : 1) + plan.CgroupCount;
            var sources = new Dictionary<int, FdHandle>();
            foreach (var index in plan.OpenedSources) sources[index] = frame.Claim(next++);
            using var builder = new RootfsBuilder(plan.Rootfs, new RootfsHandles { Sources = sources });
            EnterNamespaces(plan);
            PhaseTrace.Mark("namespaces");
            // The host's /proc is the one that can be trusted; the container's own comes from its image or its mounts.
            using var proc = ProcHandle.Open();
            using var setup = plan.Process is null ? null : new ProcessSetup(plan.Process, proc.Root, text => channel?.Send(FrameKind.Warning, new WireWriter().String(text)));
            if (!Create(plan, builder, setup, channel, console)) return 1;
            channel = WaitForStart(channel, listener);
            if (channel is null) return 1;
            if (setup is null) throw new ContainerException("the configuration has no process to start");
            Start(plan, setup, ref channel, listener);
            return 255;
        }
        catch (Exception e) when (e is SyscallException or ContainerException or InvalidDataException)
        {
            channel?.Send(FrameKind.Failed, new WireWriter().String(e.Message));
            return 1;
        }
    }

    /// <summary>False when the supervisor ended.</summary>
    private static bool Create(InitPlan plan, RootfsBuilder builder, ProcessSetup? setup, Channel channel, FdHandle? console)
    {
        Libc.setsid();
        if (plan.BringLoopbackUp) Loopback.BringUp();
        if (plan.OwnMounts) builder.Prepare();
        PhaseTrace.Mark("rootfs-prepared");
        if (plan.RuntimeHooks)
        {
            channel.Send(FrameKind.RootfsReady);
            using var go = channel.Receive();
            if (go is not { Kind: FrameKind.Continue }) return false;
        }

        InitHooks.Run("createContainer", plan.CreateContainer, plan.CreateContainerState, plan.Rootfs.RootPath, [], channel);
        if (plan.OwnMounts) builder.Enter();
        PhaseTrace.Mark("pivoted");
        if (plan.Process is { Terminal: true } process) OpenConsole(builder, process, channel, console);
        setup?.CreateWorkingDirectory();
        if (plan.OwnMounts) builder.Finish();
        PhaseTrace.Mark("rootfs-finished");
        setup?.BeforeReady();
        PhaseTrace.Mark("ready");
        return channel.Send(FrameKind.Ready);
    }

    private static void EnterNamespaces(InitPlan plan)
    {
        if (plan.NewCgroupNamespace && Libc.unshare(NewCgroup) != 0) throw new SyscallException("make a cgroup namespace", Marshal.GetLastPInvokeError());
    }

    private static void OpenConsole(RootfsBuilder builder, ProcessPlan process, Channel channel, FdHandle? console)
    {
        WindowSize? size = process.ConsoleHeight > 0 ? new WindowSize(process.ConsoleHeight, process.ConsoleWidth) : null;
        using var pty = builder.OpenConsole(process.Uid, size);
        ConsoleHandover.Give(pty, channel, console);
    }

    /// <summary>The channel over which start came; null when the supervisor ended before it stored the creation.</summary>
    private static Channel? WaitForStart(Channel channel, FdHandle listener)
    {
        using var word = channel.Receive();
        if (word is { Kind: FrameKind.Start }) return channel;
        if (word is not { Kind: FrameKind.Continue }) return null;
        channel.Dispose();
        return AcceptStart(listener);
    }

    private static Channel AcceptStart(FdHandle listener)
    {
        while (true)
        {
            // A supervisor may connect, and be killed before it says start; the next one connects again.
            var next = new Channel(UnixSocket.Accept(listener));
            using var start = next.Receive();
            if (start is { Kind: FrameKind.Start }) return next;
            next.Dispose();
        }
    }

    private static void Start(InitPlan plan, ProcessSetup setup, ref Channel channel, FdHandle listener)
    {
        PhaseTrace.Mark("start-received");
        // Hooks of the container side get the program's environment where they name none.
        InitHooks.Run("startContainer", plan.StartContainer, plan.StartContainerState, "/", setup.Environment, channel);
        setup.ApplyCredentials();
        PhaseTrace.Mark("credentials");
        PhaseTrace.Flush();
        // Said before the filter is loaded, which may forbid saying anything. A supervisor that was killed meanwhile has told nobody of the
        // start: whoever asked for it asks the next one again, and it is that one that must hear of the program.
        while (!channel.Send(FrameKind.Executing))
        {
            channel.Dispose();
            channel = AcceptStart(listener);
        }

        using var notice = new ListenerNotice(channel);
        var errno = setup.Execute(notice.Tell);
        throw new ContainerException(setup.DescribeFailure(errno));
    }
}
