using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

internal sealed class StateCommand : Command
{
    public override string Name => "state";
    public override string Summary => "output the state of a container";

    public override int Run(ParsedArguments arguments, GlobalOptions global) =>
        SupervisorClient.Call(SupervisorClient.NewRequest(Verb.State, global, arguments.Positionals[0]));
}
