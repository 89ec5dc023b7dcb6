using Anocir.Cli.Arguments;

namespace Anocir.Cli.Commands;

/// <summary>Every verb, in the order of the help.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<Command> All { get; } =
    [
        new CheckpointCommand(),
        new CreateCommand(),
        new DeleteCommand(),
        new EventsCommand(),
        new ExecCommand(),
        new FeaturesCommand(),
        new HistoryCommand(),
        new KillCommand(),
        new ListCommand(),
        new PauseCommand(),
        new PsCommand(),
        new RestoreCommand(),
        new ResumeCommand(),
        new RunCommand(),
        new SpecCommand(),
        new StartCommand(),
        new StateCommand(),
        new UpdateCommand(),
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
