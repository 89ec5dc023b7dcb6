using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

internal sealed class KillCommand : Command
{
    public override string Name => "kill";
    public override string Summary => "kill sends the specified signal (default: SIGTERM) to the container's init process";
    public override string Positionals => "<container-id> [signal]";
    public override int MostPositionals => 2;
    public override IReadOnlyList<Option> Options { get; } = [new("all", "send the specified signal to all processes inside the container", 'a')];

    public override int Run(ParsedArguments arguments, GlobalOptions global) =>
        SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Kill, global, arguments.Positionals[0]) with
        {
            Text = arguments.Positionals.ElementAtOrDefault(1) ?? "SIGTERM",
            Flag = arguments.Has("all"),
        });
}
