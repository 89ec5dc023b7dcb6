using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

internal sealed class FeaturesCommand : Command
{
    public override string Name => "features";
    public override string Summary => "show the enabled features";
    public override string Positionals => "";
    public override int LeastPositionals => 0;
    public override int MostPositionals => 0;

    public override int Run(ParsedArguments arguments, GlobalOptions global) =>
        SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Features, global));
}
