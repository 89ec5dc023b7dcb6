using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform.Ipc;

namespace Anocir.Cli.Commands;

internal sealed class ResumeCommand : Command
{
    public override string Name => "resume";
    public override string Summary => "resumes all processes that have been previously paused";

    public override int Run(ParsedArguments arguments, GlobalOptions global) =>
        SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Resume, global, arguments.Positionals[0]));
}
