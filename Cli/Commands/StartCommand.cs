using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

internal sealed class StartCommand : Command
{
    public override string Name => "start";
    public override string Summary => "executes the user defined process in a created container";

    public override int Run(ParsedArguments arguments, GlobalOptions global) =>
        SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Start, global, arguments.Positionals[0]));
}
