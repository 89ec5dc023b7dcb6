using System.Globalization;
using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Cli.Launch;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;

namespace Anocir.Cli.Commands;

internal sealed class ExecCommand : Command
{
    public override string Name => "exec";
    public override string Summary => "execute new process inside the container";
    public override string Positionals => "<container-id> <command> [command options]  || -p process.json <container-id>";
    public override int MostPositionals => int.MaxValue;
    public override bool StopAtPositional => true;
    public override string ErrorPrefix => "exec failed: ";
    public override int FailureCode => 255;

    public override IReadOnlyList<Option> Options { get; } =
    [
        ProcessFlags.ConsoleSocket,
        ProcessFlags.PidfdSocket,
        new("cwd", "current working directory in the container", Value: "value"),
        new("env", "set environment variables", 'e', "value"),
        new("tty", "allocate a pseudo-TTY", 't'),
        new("user", "UID (format: <uid>[:<gid>])", 'u', "value"),
        new("additional-gids", "additional gids", 'g', "value"),
        new("process", "path to the process.json", 'p', "value"),
        new("detach", "detach from the container's process", 'd'),
        ProcessFlags.PidFile,
        new("process-label", "set the asm process label for the process commonly used with selinux", Value: "value"),
        new("apparmor", "set the apparmor profile for the process", Value: "value"),
        new("no-new-privs", "set the no new privileges value for the process"),
        new("cap", "add a capability to the bounding set for the process", 'c', "value"),
        ProcessFlags.PreserveFds,
        new("cgroup", "run the process in an (existing) sub-cgroup(s). Format is [<controller>:]<cgroup>.", Value: "value"),
        new("ignore-paused", "allow exec in a paused container"),
        new("no-subreaper", "disable the use of the subreaper used to reap reparented processes", Hidden: true),
    ];

    public override string Description =>
        """
           The exec command runs a program in a running container, as the container's own process
           would run it: in its namespaces, its cgroup, and under its seccomp filter. Without
           --detach it stays until the program ends, and exits as it does.
        """;

    public override int Run(ParsedArguments arguments, GlobalOptions global)
    {
        var detach = arguments.Has("detach");
        if (arguments.Value("process") is null && arguments.Positionals.Count < 2) throw new ContainerException("process args cannot be empty");
        // Before the clone: what the program leaves behind is then ours to reap.
        if (!detach && !arguments.Has("no-subreaper")) Sys.BecomeSubreaper();
        var listen = ProcessFlags.InheritedListeners();
        var preserved = listen + ProcessFlags.Preserved(arguments, listen);
        using var document = OpenDocument(arguments.Value("process"));
        using var console = ProcessFlags.ConnectConsole(arguments);
        using var terminalIn = detach ? null : Sys.Borrow(0);
        using var terminalOut = detach ? null : Sys.Borrow(1);
        var options = Ask(arguments, terminalIn) with
        {
            ProcessDocument = document is not null,
            Foreground = !detach,
            ConsoleSocket = console is not null,
            PreservedDescriptors = preserved,
            ListenDescriptors = listen,
        };
        FdHandle?[] descriptors = [document, console, terminalIn, terminalOut];
        var request = SupervisorClient.NewRequest(Verb.Exec, global, arguments.Positionals[0]) with { Exec = options };
        var (client, process) = LaunchRequest.Launch(request, [.. descriptors.OfType<FdHandle>()], preserved, global.Log, HasBegun);
        using (client)
        using (process)
        {
            var (pid, pidfd) = (process.Pid, process.Pidfd);
            Announce(arguments, pid, pidfd);
            if (detach) return 0;
            // Straight to the process: the supervisor need not be there any more.
            return Foreground.Wait(client, pid, signal => Sys.SignalProcess(pidfd, signal));
        }
    }

    private static ExecOptions Ask(ParsedArguments arguments, FdHandle? terminal)
    {
        var size = terminal is null ? null : WindowSize.Of(terminal);
        return new ExecOptions
        {
            Args = arguments.Positionals[1..],
            Cwd = arguments.Value("cwd"),
            Env = arguments.Values("env"),
            User = arguments.Value("user"),
            AdditionalGids = [.. arguments.Values("additional-gids").Select(Gid)],
            Capabilities = arguments.Values("cap"),
            ApparmorProfile = arguments.Value("apparmor"),
            SelinuxLabel = arguments.Value("process-label"),
            NoNewPrivileges = arguments.Value("no-new-privs") is null ? null : arguments.Has("no-new-privs"),
            Terminal = arguments.Has("tty"),
            Cgroups = arguments.Values("cgroup"),
            IgnorePaused = arguments.Has("ignore-paused"),
            Rows = size?.Rows ?? 0,
            Columns = size?.Columns ?? 0,
        };
    }

    private static uint Gid(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var gid) && gid != uint.MaxValue
        ? gid
        : throw new ContainerException($"additional-gids: {text} is not a group id");

    private static FdHandle? OpenDocument(string? path) => path is null ? null : Sys.Open(path, Sys.ORdOnly | Sys.ONonBlock);

    private static void Announce(ParsedArguments arguments, int pid, FdHandle pidfd)
    {
        try
        {
            ProcessFlags.Announce(arguments, pid, pidfd, "setns");
        }
        catch
        {
            Sys.SignalProcess(pidfd, 9);
            Sys.WaitForChild(pid);
            throw;
        }
    }

    /// <summary>
    /// The supervisor is gone. The process either was about to become the program, and does, or it waits for a supervisor that it will not hear of,
    /// and ends: it is one or the other within a moment.
    /// </summary>
    private static bool HasBegun(int pid, FdHandle pidfd)
    {
        while (!Sys.ProcessEnded(pidfd, 1))
        {
            if (Sys.TryReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/exe")) is { } program && !ExecutableName.IsSealed(program)) return true;
        }

        return Sys.ProcessName(pid) is { } name && name != InitName.Value;
    }
}
