using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Cli.Launch;
using Anocir.Platform.Diagnostics;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Commands;

internal sealed class RunCommand : Command
{
    public override string Name => "run";
    public override string Summary => "create and run a container";
    public override string ErrorPrefix => "runc run failed: ";

    public override IReadOnlyList<Option> Options { get; } =
    [
        .. Creation.Options,
        new("detach", "detach from the container's process", 'd'),
        new("keep", "do not delete the container after it exits"),
    ];

    public override string Description =>
        """
           The run command creates a container and starts it. Without --detach it stays until the
           container ends, passes signals on to it, exits as it does, and deletes it.
        """;

    public override int Run(ParsedArguments arguments, GlobalOptions global)
    {
        var detach = arguments.Has("detach");
        // Before the clone: grandchildren that outlive init are then ours to see, and to reap, until we end.
        if (!detach && !arguments.Has("no-subreaper")) Sys.BecomeSubreaper();
        var (client, pid, pidfd) = Creation.Create(arguments, global, startNow: true, foreground: !detach);
        using (client)
        using (pidfd)
        {
            if (detach) return 0;
            var status = Foreground.Wait(client, pid, signal =>
            {
                // Straight to init should the supervisor be gone: the user pressed a key.
                if (!client.Channel.Send(FrameKind.Signal, new WireWriter().Int(signal))) Sys.SignalProcess(pidfd, signal);
            });
            PhaseTrace.Mark("exit-seen");
            // The supervisor deletes it by itself, as it was asked to; a new one, after that one died, does not know.
            if (!arguments.Has("keep") && !client.AwaitDeletion())
                SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Delete, global, arguments.Positionals[0]) with { Flag = true });
            PhaseTrace.Mark("deleted");
            return status;
        }
    }
}
