using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

/// <summary>Not runc's: the stored events of a container, after its deletion too.</summary>
internal sealed class HistoryCommand : Command
{
    public override string Name => "history";
    public override string Summary => "show what happened to a container, step by step (not in runc)";

    public override int Run(ParsedArguments arguments, GlobalOptions global) =>
        SupervisorClient.Call(SupervisorClient.NewRequest(Verb.History, global, arguments.Positionals[0]));
}
