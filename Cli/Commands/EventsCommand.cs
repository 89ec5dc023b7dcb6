using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Commands;

internal sealed class EventsCommand : Command
{
    private static readonly TimeSpan _usualInterval = TimeSpan.FromSeconds(5);

    public override string Name => "events";
    public override string Summary => "display container events such as OOM notifications, cpu, memory, and IO usage statistics";

    public override IReadOnlyList<Option> Options { get; } =
    [
        new("interval", "set the stats collection interval (default: 5s)", Value: "value"),
        new("stats", "display the container's stats then exit"),
    ];

    public override string Description =>
        """
           The events command prints one line of JSON for each event of the container until it ends:
           its statistics, every 5 seconds, and when the kernel kills for want of memory.
        """;

    public override int Run(ParsedArguments arguments, GlobalOptions global)
    {
        var interval = arguments.Time("interval", _usualInterval);
        if (interval <= TimeSpan.Zero) throw new ContainerException("duration interval must be greater than 0");
        var options = new EventsOptions { StatisticsOnly = arguments.Has("stats"), Interval = Math.Max(1, (long)interval.TotalMilliseconds) };
        var request = SupervisorClient.NewRequest(Verb.Events, global, arguments.Positionals[0]) with { Events = options };
        // Who reads our output may leave first: then we end in silence, as a program does that was not written in .NET.
        Sys.RestoreSignal(Sys.SigPipe);
        while (true)
        {
            var (client, frame) = SupervisorClient.Ask(request);
            using (client)
            {
                var last = Follow(client, frame);
                if (last is not null)
                {
                    Standard.Output(SupervisorClient.ReadAnswer(last).Output);
                    return 0;
                }
            }

            // The supervisor was replaced, and the container lives on.
            request = request with { Events = options with { Resumed = true } };
        }
    }

    /// <returns>The frame that is no event, or null when the supervisor is gone.</returns>
    private static Frame? Follow(SupervisorClient client, Frame? frame)
    {
        while (frame is { Kind: FrameKind.Event })
        {
            using (frame) Standard.Output(frame.Reader().String() + "\n");
            frame = client.Channel.Send(FrameKind.Taken) ? client.Channel.Receive() : null;
        }

        return frame;
    }
}
