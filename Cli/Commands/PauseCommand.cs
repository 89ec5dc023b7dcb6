using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

internal sealed class PauseCommand : Command
{
    public override string Name => "pause";
    public override string Summary => "pause suspends all processes inside the container";

    public override int Run(ParsedArguments arguments, GlobalOptions global) =>
        SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Pause, global, arguments.Positionals[0]));
}
