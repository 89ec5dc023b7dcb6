namespace Anocir.Cli.Arguments;

/// <summary>The command line cannot be understood; the command's help is shown with it.</summary>
internal sealed class UsageException(string message) : Exception(message);
