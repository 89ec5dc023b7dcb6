using System.Diagnostics;
using Anocir.Cli.Arguments;
using Anocir.Cli.Commands;
using Anocir.Cli.Init;
using Anocir.Platform;
using Anocir.Platform.Diagnostics;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        var began = Stopwatch.GetTimestamp();
        // The container side comes first: it must not do anything that is not its own.
        if (arguments is ["init", var channel, .. var procfs]) return InitProcess.Run(channel, procfs, began);
        GlobalOptions? global = null;
        Command? command = null;
        try
        {
            PhaseTrace.Start("cli", Environment.GetEnvironmentVariable(PhaseTrace.Variable), began);
            var parsed = ParsedArguments.Parse(arguments, 0, GlobalOptions.All, stopAtPositional: true);
            if (parsed.Has("version")) return Print(Help.Version());
            var verb = parsed.Next < arguments.Length ? arguments[parsed.Next] : null;
            if (verb is null || verb is "help" or "h" || parsed.Has("help")) return Print(HelpFor(verb is "help" or "h" ? arguments.ElementAtOrDefault(parsed.Next + 1) : null));
            global = GlobalOptions.From(parsed);
            command = CommandTable.Find(verb);
            if (command is null)
            {
                global.Log.Error($"No help topic for '{verb}'");
                return 3;
            }

            if (AsksForHelp(command, arguments, parsed.Next + 1)) return Print(Help.Of(command));
            var own = ParsedArguments.Parse(arguments, parsed.Next + 1, command.Options, command.StopAtPositional);
            for (var i = own.Next; i < arguments.Length && command.StopAtPositional; i++) own.Positionals.Add(arguments[i]);
            command.CheckPositionals(own);
            return command.Run(own, global);
        }
        catch (UsageException e)
        {
            if (command is not null) Standard.Output("Incorrect Usage.\n\n" + Help.Of(command));
            (global?.Log ?? new Log(null, "text", debug: false)).Error(e.Message);
            return command?.FailureCode ?? 1;
        }
        catch (Exception e) when (e is ContainerException or SyscallException or InvalidDataException)
        {
            (global?.Log ?? new Log(null, "text", debug: false)).Error(command?.ErrorPrefix + e.Message);
            return command?.FailureCode ?? 1;
        }
        finally
        {
            PhaseTrace.Flush();
        }
    }

    private static string HelpFor(string? topic) =>
        topic is null ? Help.Overview() : Help.Of(CommandTable.Find(topic) ?? throw new ContainerException($"No help topic for '{topic}'"));

    /// <summary>-h among the flags of the command; behind the first positional of <c>exec</c> it belongs to the user's program.</summary>
    private static bool AsksForHelp(Command command, string[] arguments, int start)
    {
        for (var i = start; i < arguments.Length && arguments[i] != "--"; i++)
        {
            if (arguments[i] is "-h" or "--help" or "-help") return true;
            if (command.StopAtPositional && !arguments[i].StartsWith('-')) return false;
        }

        return false;
    }

    private static int Print(string text)
    {
        Standard.Output(text);
        return 0;
    }
}
