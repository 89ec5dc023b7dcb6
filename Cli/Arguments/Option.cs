namespace Anocir.Cli.Arguments;

/// <summary>One flag of a command, as runc has it. A flag without a value name is a boolean.</summary>
internal sealed record Option(string Name, string Help, char Short = '\0', string? Value = null, bool Hidden = false);
