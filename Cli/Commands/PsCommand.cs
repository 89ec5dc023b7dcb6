using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

internal sealed class PsCommand : Command
{
    public override string Name => "ps";
    public override string Summary => "ps displays the processes running inside a container";
    public override string Positionals => "<container-id> [ps options]";
    public override int MostPositionals => int.MaxValue;
    public override bool StopAtPositional => true;
    public override IReadOnlyList<Option> Options { get; } = [new("format", "select one of: table or json (default: \"table\")", 'f', "value")];

    public override int Run(ParsedArguments arguments, GlobalOptions global)
    {
        var format = arguments.Value("format") ?? "table";
        if (format is not ("table" or "json")) throw new ContainerException($"invalid format option: {format}");
        return SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Ps, global, arguments.Positionals[0]) with
        {
            Text = format,
            Arguments = arguments.Positionals[1..],
        });
    }
}
