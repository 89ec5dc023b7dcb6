using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

internal sealed class ListCommand : Command
{
    public override string Name => "list";
    public override string Summary => "lists containers started by anocir with the given root";
    public override string Positionals => "";
    public override int LeastPositionals => 0;
    public override int MostPositionals => 0;

    public override IReadOnlyList<Option> Options { get; } =
    [
        new("format", "select one of: table or json (default: \"table\")", 'f', "value"),
        new("quiet", "display only container IDs", 'q'),
    ];

    public override int Run(ParsedArguments arguments, GlobalOptions global)
    {
        var format = arguments.Value("format") ?? "table";
        var quiet = arguments.Has("quiet");
        // As runc has it: ids have no format.
        if (!quiet && format is not ("table" or "json")) throw new ContainerException($"invalid format option: {format}");
        return SupervisorClient.Call(SupervisorClient.NewRequest(Verb.List, global) with { Text = format, Flag = quiet });
    }
}
