using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Processes;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;

namespace Anocir.Cli.Init;

/// <summary>A process that has joined a running container: from the sealed executable to the user's program.</summary>
internal static class ExecInit
{
    /// <param name="channel">To the supervisor.</param>
    /// <param name="procfs">A procfs of the container's pid namespace that nothing is mounted over; null where none could be had.</param>
    public static int Run(Channel channel, FdHandle? procfs)
    {
        try
        {
            using var frame = channel.Receive();
            if (frame is not { Kind: FrameKind.Plan }) return 1;
            var plan = ExecPlan.Read(frame.Reader());
            using var console = plan.ConsoleSocket ? frame.Claim(0) : null;
            if (plan.InitialCpus is { } initial) CpuAffinity.Set(initial);
            CgroupDoors.Enter(frame, plan.ConsoleSocket ? 1 : 0, plan.CgroupCount);
            if (plan.FinalCpus is { } final) CpuAffinity.Set(final);
            Libc.setsid();
            if (plan.Process.Terminal) OpenConsole(plan.Process, channel, console);
            using var setup = new ProcessSetup(plan.Process, procfs, text => channel.Send(FrameKind.Warning, new WireWriter().String(text)));
            setup.BeforeReady();
            setup.ApplyCredentials();
            // Nobody is left to hear of the program: who asked for it asks the next supervisor.
            if (!channel.Send(FrameKind.Executing)) return 1;
            using var notice = new ListenerNotice(channel);
            var errno = setup.Execute(notice.Tell);
            throw new ContainerException(setup.DescribeFailure(errno));
        }
        catch (Exception e) when (e is SyscallException or ContainerException or InvalidDataException)
        {
            channel.Send(FrameKind.Failed, new WireWriter().String(e.Message));
            return 1;
        }
    }

    private static void OpenConsole(ProcessPlan process, Channel channel, FdHandle? console)
    {
        using var root = Sys.Open("/", Sys.OPath | Sys.ODirectory);
        using var pty = Pty.Open(root, devpts: null);
        if (process.ConsoleHeight > 0) pty.SetSize(new WindowSize(process.ConsoleHeight, process.ConsoleWidth));
        pty.SetOwner(process.Uid);
        ConsoleHandover.Give(pty, channel, console);
    }
}
