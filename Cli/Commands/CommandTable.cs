using Anocir.Cli.Arguments;

namespace Anocir.Cli.Commands;

/// <summary>Every verb, in the order of the help.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<Command> All { get; } =
    [
        new CreateCommand(),
        new DeleteCommand(),
        new ExecCommand(),
        new FeaturesCommand(),
        new HistoryCommand(),
        new KillCommand(),
        new ListCommand(),
        new PauseCommand(),
        new PsCommand(),
        new ResumeCommand(),
        new RunCommand(),
        new SpecCommand(),
        new StartCommand(),
        new StateCommand(),
    ];

    public static Command? Find(string name)
    {
        foreach (var command in All)
        {
            if (command.Name == name) return command;
        }

        return null;
    }
}
