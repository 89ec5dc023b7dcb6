using Anocir.Platform;

namespace Anocir.Cli.Arguments;

/// <summary>What stands before the verb.</summary>
internal sealed class GlobalOptions
{
    public static IReadOnlyList<Option> All { get; } =
    [
        new("debug", "enable debug logging"),
        new("log", "set the log file to write logs to (default is '/dev/stderr')", Value: "value"),
        new("log-format", "set the log format ('text' (default), or 'json')", Value: "value"),
        new("root", "root directory for storage of container state (this should be located in tmpfs)", Value: "value"),
        new("systemd-cgroup", "enable systemd cgroup support, expects cgroupsPath to be of form \"slice:prefix:name\" for e.g. \"system.slice:runc:434234\""),
        new("rootless", "ignore cgroup permission errors ('true', 'false', or 'auto')", Value: "value"),
        new("help", "show help", 'h'),
        new("version", "print the version", 'v'),
    ];

    private GlobalOptions(ParsedArguments arguments)
    {
        Log = new Log(arguments.Value("log"), arguments.Value("log-format") ?? "text", arguments.Has("debug"));
        SystemdCgroup = arguments.Has("systemd-cgroup");
        if (arguments.Value("rootless") is { } rootless && rootless is not ("true" or "false" or "auto" or "1" or "0"))
            throw new ContainerException($"invalid value \"{rootless}\" for --rootless: expected true, false or auto");
        Root = arguments.Value("root") is { } root ? Absolute(root) : RuntimeDirectory.DefaultRoot;
    }

    public Log Log { get; }

    /// <summary>Absolute directory: the name space of the container ids.</summary>
    public string Root { get; }

    public bool SystemdCgroup { get; }

    public static GlobalOptions From(ParsedArguments arguments) => new(arguments);

    private static string Absolute(string root)
    {
        var absolute = Path.GetFullPath(root);
        return absolute == "/"
            ? throw new ContainerException("Option --root argument should not be set to /")
            : absolute.TrimEnd('/');
    }
}
