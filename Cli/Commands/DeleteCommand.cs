using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

internal sealed class DeleteCommand : Command
{
    public override string Name => "delete";
    public override string Summary => "delete any resources held by the container often used with detached container";
    public override IReadOnlyList<Option> Options { get; } = [new("force", "Forcibly deletes the container if it is still running (uses SIGKILL)", 'f')];

    public override int Run(ParsedArguments arguments, GlobalOptions global) =>
        SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Delete, global, arguments.Positionals[0]) with { Flag = arguments.Has("force") });
}
