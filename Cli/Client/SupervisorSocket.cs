using Anocir.Platform;

namespace Anocir.Cli.Client;

/// <summary>Which socket to speak to: the first supervisor's, or the one of our own namespaces or build after it said that it is not ours.</summary>
internal static class SupervisorSocket
{
    private static string _name = "";

    /// <summary>What tells our supervisor from the first one; empty for the first.</summary>
    public static string Name => _name;

    public static string Path => $"{RuntimeDirectory.Path}/supervisor{(_name.Length == 0 ? "" : "-" + _name)}.sock";

    /// <summary>The supervisor told the name that the one for us goes by.</summary>
    public static void Redirect(string name)
    {
        if (name == _name || name.Length is 0 or > 64 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.')))
            throw new ContainerException($"the supervisor at {Path} sends us to \"{name}\"");
        _name = name;
    }
}
