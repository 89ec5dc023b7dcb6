using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Cli.Criu;
using Anocir.Cli.Launch;
using Anocir.Platform;
using Anocir.Platform.Criu;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Commands;

internal sealed class RestoreCommand : Command
{
    public override string Name => "restore";
    public override string Summary => "restore a container from a previous checkpoint";

    public override IReadOnlyList<Option> Options { get; } =
    [
        new("bundle", "path to the root of the bundle directory, defaults to the current directory", 'b', "value"),
        CriuFlags.ImagePath,
        new("detach", "detach from the container's process", 'd'),
        ProcessFlags.PidFile,
        ProcessFlags.ConsoleSocket,
        new("no-subreaper", "disable the use of the subreaper used to reap reparented processes"),
        new("no-pivot", "do not use pivot root to jail process inside rootfs; needed whenever the rootfs is on top of a ramdisk"),
        .. CriuFlags.Shared,
        new("tcp-close", "restore TCP connections as closed"),
        new("lsm-profile", "label for the processes in place of the dumped one: TYPE:LABEL, as 'apparmor:NAME'", Value: "value"),
        new("lsm-mount-context", "SELinux context for the mounts in place of the dumped one", Value: "value"),
    ];

    public override string Description =>
        """
           The restore command makes a container run again from what checkpoint saved, with the
           bundle's config.json for mounts, namespaces and cgroup. Without --detach it stays until
           the container ends, exits as it does, and deletes it.
        """;

    public override int Run(ParsedArguments arguments, GlobalOptions global)
    {
        var flags = CriuFlags.Read(arguments);
        using (Sys.TryOpen(null, flags.Images, Sys.OPath | Sys.ODirectory, 0, out var errno) ?? throw new SyscallException($"open {flags.Images}", errno))
        {
        }

        var detach = arguments.Has("detach");
        if (!detach && !arguments.Has("no-subreaper")) Sys.BecomeSubreaper();
        var bundle = Path.GetFullPath(arguments.Value("bundle") ?? ".");
        using var config = Creation.OpenConfig(bundle);
        using var console = ProcessFlags.ConnectConsole(arguments);
        using var terminalIn = detach ? null : Sys.Borrow(0);
        using var terminalOut = detach ? null : Sys.Borrow(1);
        var request = SupervisorClient.NewRequest(Verb.Restore, global, arguments.Positionals[0]) with
        {
            Text = flags.Images,
            Create = new CreateOptions
            {
                Bundle = bundle,
                NoPivot = arguments.Has("no-pivot"),
                SystemdCgroup = global.SystemdCgroup,
                Foreground = !detach,
                StartNow = true,
                DeleteAtExit = !detach,
                ConsoleSocket = console is not null,
            },
        };
        FdHandle?[] descriptors = [config, console, terminalIn, terminalOut];
        var (client, reply) = SupervisorClient.Ask(request, [.. descriptors.OfType<FdHandle>()]);
        using (client) return Restore(arguments, global, flags, console, client, reply);
    }

    private static int Restore(ParsedArguments arguments, GlobalOptions global, CriuFlags flags, FdHandle? console, SupervisorClient client, Frame reply)
    {
        if (reply.Kind != FrameKind.Restore)
        {
            SupervisorClient.ReadAnswer(reply);
            throw new InvalidDataException("the supervisor answered a restore without a plan");
        }

        RestorePlan plan;
        using (reply) plan = RestorePlan.Read(reply.Reader());
        using var session = new RestoreSession(client, plan, flags, console);
        try
        {
            session.Restore();
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            if (session.IsOver) throw;
            // It undoes everything before it answers, in our words.
            client.Channel.Send(FrameKind.LaunchFailed, new WireWriter().String(e.Message));
            using var answer = client.ReceiveAnswer();
            throw;
        }

        client.Channel.Send(FrameKind.CriuDone);
        SupervisorClient.ReadAnswer(client.ReceiveAnswer());
        try
        {
            if (arguments.Value("pid-file") is { } file) ProcessFlags.WritePidFile(Path.GetFullPath(file), session.Pid);
        }
        catch
        {
            SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Delete, global, arguments.Positionals[0]) with { Flag = true });
            throw;
        }

        if (arguments.Has("detach")) return 0;
        var status = Foreground.Wait(client, session.Pid, signal =>
        {
            if (!client.Channel.Send(FrameKind.Signal, new WireWriter().Int(signal))) Sys.SignalProcess(session.Pidfd!, signal);
        });
        if (!client.AwaitDeletion()) SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Delete, global, arguments.Positionals[0]) with { Flag = true });
        return status;
    }
}
