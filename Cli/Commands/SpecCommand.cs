using System.Text;
using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Commands;

internal sealed class SpecCommand : Command
{
    public override string Name => "spec";
    public override string Summary => "create a new specification file";
    public override string Positionals => "";
    public override int LeastPositionals => 0;
    public override int MostPositionals => 0;

    public override IReadOnlyList<Option> Options { get; } =
    [
        new("bundle", "path to the root of the bundle directory", 'b', "value"),
        new("rootless", "generate a configuration for a rootless container"),
    ];

    public override int Run(ParsedArguments arguments, GlobalOptions global)
    {
        var bundle = Path.GetFullPath(arguments.Value("bundle") ?? ".");
        var (client, reply) = SupervisorClient.Ask(SupervisorClient.NewRequest(Verb.Spec, global) with { Flag = arguments.Has("rootless") });
        using (client)
        {
            var text = SupervisorClient.ReadAnswer(reply).Output;
            using var file = Sys.TryOpen(null, $"{bundle}/config.json", Sys.OWrOnly | Sys.OCreat | Sys.OExcl, 0x1B6 /* 0666 */, out var errno)
                ?? throw (errno == Errno.EEXIST
                    ? new ContainerException("File config.json exists. Remove it first")
                    : new SyscallException($"open {bundle}/config.json", errno));
            Sys.WriteAll(file, Encoding.UTF8.GetBytes(text), "config.json");
            return 0;
        }
    }
}
