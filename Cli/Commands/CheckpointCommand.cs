using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Cli.Criu;
using Anocir.Platform.Criu;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

internal sealed class CheckpointCommand : Command
{
    public override string Name => "checkpoint";
    public override string Summary => "checkpoint a running container";

    public override IReadOnlyList<Option> Options { get; } =
    [
        CriuFlags.ImagePath,
        new("parent-path", "directory of the images of an earlier --pre-dump, relative to that of the images", Value: "value"),
        new("leave-running", "leave the container running after checkpointing"),
        new("pre-dump", "dump the container's memory only, and leave it running"),
        .. CriuFlags.Shared,
        new("tcp-skip-in-flight", "skip in-flight TCP connections"),
        new("link-remap", "allow to link unlinked files back, where that is possible"),
        new("status-fd", "write \\0 to this descriptor once lazy pages can be asked for", Value: "value"),
        new("page-server", "ADDRESS:PORT of the page server", Value: "value"),
    ];

    public override string Description =>
        """
           The checkpoint command saves a running container with CRIU: its processes, their memory
           and open files, to image files from which restore makes it run again, here or elsewhere.
           Without --leave-running or --pre-dump the container ends, and is deleted.
        """;

    public override int Run(ParsedArguments arguments, GlobalOptions global)
    {
        var flags = CriuFlags.Read(arguments);
        flags.PageServer();
        flags.ParentImages();
        var status = Checkpointing.StatusDescriptor(flags, arguments.Number("status-fd", -1));
        var request = SupervisorClient.NewRequest(Verb.Checkpoint, global, arguments.Positionals[0]) with
        {
            Text = flags.Images,
            Flag = flags.Has("leave-running") || flags.Has("pre-dump"),
            Arguments = flags.Has("pre-dump") ? ["pre-dump"] : [],
        };
        var (client, reply) = SupervisorClient.Ask(request);
        using (client)
        {
            if (reply.Kind == FrameKind.Checkpoint)
            {
                using (reply) Checkpointing.Dump(CheckpointPlan.Read(reply.Reader()), flags, status);
                client.Channel.Send(FrameKind.CriuDone);
                SupervisorClient.ReadAnswer(client.Channel.Receive());
                return 0;
            }

            SupervisorClient.ReadAnswer(reply);
            return 0;
        }
    }
}
