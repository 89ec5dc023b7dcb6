using Anocir.Cli.Arguments;

namespace Anocir.Cli.Commands;

internal sealed class CreateCommand : Command
{
    public override string Name => "create";
    public override string Summary => "create a container";
    public override string ErrorPrefix => "runc create failed: ";
    public override IReadOnlyList<Option> Options => Creation.Options;

    public override string Description =>
        """
           The create command creates an instance of a container for a bundle: everything but
           the user's program, which waits for start. The process id it writes is init's.
        """;

    public override int Run(ParsedArguments arguments, GlobalOptions global)
    {
        var (client, _, pidfd) = Creation.Create(arguments, global, startNow: false, foreground: false);
        client.Dispose();
        pidfd.Dispose();
        return 0;
    }
}
