using System.Globalization;
using System.Text;
using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Cli.Launch;
using Anocir.Platform;
using Anocir.Platform.Diagnostics;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;

namespace Anocir.Cli.Commands;

/// <summary>What <c>create</c> and <c>run</c> share: from config.json to an init that is ready.</summary>
internal static class Creation
{
    public static IReadOnlyList<Option> Options { get; } =
    [
        new("bundle", "path to the root of the bundle directory, defaults to the current directory", 'b', "value"),
        new("console-socket", "path to an AF_UNIX socket which will receive a file descriptor referencing the master end of the console's pseudoterminal", Value: "value"),
        new("pidfd-socket", "path to an AF_UNIX socket which will receive a file descriptor referencing the init process", Value: "value"),
        new("pid-file", "specify the file to write the process id to", Value: "value"),
        new("no-subreaper", "disable the use of the subreaper used to reap reparented processes"),
        new("no-pivot", "do not use pivot root to jail process inside rootfs; needed whenever the rootfs is on top of a ramdisk"),
        new("no-new-keyring", "do not create a new session keyring for the container"),
        new("preserve-fds", "pass N additional file descriptors to the container (stdio + $LISTEN_FDS + N in total)", Value: "value"),
    ];

    /// <summary>Creates the container; it is started too when <paramref name="startNow"/>.</summary>
    /// <returns>The connection, which a foreground container goes on to use, and init's pid and pidfd.</returns>
    public static (SupervisorClient Client, int Pid, FdHandle Pidfd) Create(ParsedArguments arguments, GlobalOptions global, bool startNow, bool foreground)
    {
        var id = arguments.Positionals[0];
        var bundle = Path.GetFullPath(arguments.Value("bundle") ?? ".");
        using var config = OpenConfig(bundle);
        var listen = InheritedListeners();
        var preserved = listen + Preserved(arguments, listen);
        using var console = arguments.Value("console-socket") is { } socket ? UnixSocket.ConnectStream(socket) : null;
        using var terminalIn = foreground ? Sys.Borrow(0) : null;
        using var terminalOut = foreground ? Sys.Borrow(1) : null;
        var size = terminalIn is null ? null : WindowSize.Of(terminalIn);
        var request = SupervisorClient.NewRequest(Verb.Create, global, id) with
        {
            Create = new CreateOptions
            {
                Bundle = bundle,
                NoPivot = arguments.Has("no-pivot"),
                NoNewKeyring = arguments.Has("no-new-keyring"),
                SystemdCgroup = global.SystemdCgroup,
                Foreground = foreground,
                StartNow = startNow,
                DeleteAtExit = foreground && !arguments.Has("keep"),
                ConsoleSocket = console is not null,
                PreservedDescriptors = preserved,
                ListenDescriptors = listen,
                Rows = size?.Rows ?? 0,
                Columns = size?.Columns ?? 0,
                TracePath = PhaseTrace.Path,
            },
        };
        FdHandle?[] descriptors = [config, console, terminalIn, terminalOut];
        var (client, pid, pidfd) = Launch(request, [.. descriptors.OfType<FdHandle>()], preserved);
        try
        {
            if (arguments.Value("pidfd-socket") is { } receiver) SendPidfd(receiver, pidfd);
            // Last of all: engines take the file for "everything is done".
            if (arguments.Value("pid-file") is { } file) WritePidFile(Path.GetFullPath(file), pid);
            return (client, pid, pidfd);
        }
        catch
        {
            client.Dispose();
            pidfd.Dispose();
            SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Delete, global, id) with { Flag = true });
            throw;
        }
    }

    /// <summary>
    /// Has init cloned and made ready. When the supervisor is killed over it, the same request goes to the next one: that answers for a
    /// container that had come as far as was asked, and otherwise removes what is left and has it launched anew.
    /// </summary>
    private static (SupervisorClient Client, int Pid, FdHandle Pidfd) Launch(Request request, FdHandle[] descriptors, int preserved)
    {
        FdHandle? pidfd = null;
        var pid = 0;
        try
        {
            for (var attempt = 1; attempt <= SupervisorClient.Attempts; attempt++)
            {
                var (client, frame) = SupervisorClient.Ask(request, descriptors);
                if (frame.Kind == FrameKind.Launch)
                {
                    PhaseTrace.Mark("launch-received");
                    Abandon(pid, pidfd);
                    pidfd = null;
                    try
                    {
                        using (frame) (pid, pidfd) = Launcher.Launch(frame, preserved);
                        PhaseTrace.Mark("cloned");
                        client.Channel.Send(FrameKind.Launched, new WireWriter().Int(pid), pidfd);
                    }
                    catch (SyscallException e)
                    {
                        client.Channel.Send(FrameKind.LaunchFailed, new WireWriter().String(e.Message));
                    }

                    frame = client.ReceiveAnswer();
                    PhaseTrace.Mark("answered");
                }

                if (frame is not null)
                {
                    var answer = SupervisorClient.ReadAnswer(frame);
                    if (pidfd is null || answer.Pid != pid) throw new InvalidDataException("the supervisor answered a create without a launch");
                    return (client, pid, pidfd);
                }

                client.Dispose();
            }

            throw new ContainerException("the supervisor ended before the container was created; its log says why");
        }
        catch
        {
            Abandon(pid, pidfd);
            throw;
        }
    }

    /// <summary>An init that leads to nothing is our child, and nobody else's to reap.</summary>
    private static void Abandon(int pid, FdHandle? pidfd)
    {
        if (pidfd is null) return;
        Sys.SignalProcess(pidfd, 9);
        Sys.WaitForChild(pid);
        pidfd.Dispose();
    }

    internal static FdHandle OpenConfig(string bundle)
    {
        using var directory = Sys.TryOpen(null, bundle, Sys.OPath | Sys.ODirectory, 0, out var errno) ?? throw new SyscallException($"chdir {bundle}", errno);
        return Sys.TryOpen(directory, "config.json", Sys.ORdOnly | Sys.ONonBlock, 0, out errno)
            ?? throw (errno == Errno.ENOENT
                ? new ContainerException($"JSON specification file config.json not found in {bundle}")
                : new SyscallException($"open {bundle}/config.json", errno));
    }

    /// <summary>$LISTEN_FDS, if it is meant for us (sd_listen_fds(3)).</summary>
    private static int InheritedListeners()
    {
        if (Environment.GetEnvironmentVariable("LISTEN_FDS") is not { Length: > 0 } count) return 0;
        var mine = Environment.GetEnvironmentVariable("LISTEN_PID") == Libc.getpid().ToString(CultureInfo.InvariantCulture);
        return mine && int.TryParse(count, CultureInfo.InvariantCulture, out var n) && n > 0 ? n : 0;
    }

    private static int Preserved(ParsedArguments arguments, int listen)
    {
        var preserved = arguments.Number("preserve-fds", 0);
        if (preserved is < 0 or > 1024) throw new ContainerException($"--preserve-fds {preserved}: expected 0 to 1024");
        for (var fd = 3; fd < 3 + listen + preserved; fd++)
        {
            if (Libc.fcntl(fd, 1 /* F_GETFD */, 0) < 0) throw new ContainerException($"--preserve-fds {preserved}: descriptor {fd} is not open");
        }

        return preserved;
    }

    private static void SendPidfd(string receiver, FdHandle pidfd)
    {
        using var socket = UnixSocket.ConnectStream(receiver);
        DescriptorMessage.Send(socket, Encoding.ASCII.GetBytes("standard"), pidfd);
    }

    /// <summary>Digits only, in one rename: engines parse whatever they find.</summary>
    internal static void WritePidFile(string path, int pid)
    {
        var temporary = $"{Path.GetDirectoryName(path)}/.{Path.GetFileName(path)}";
        using (var file = Sys.Open(temporary, Sys.OWrOnly | Sys.OCreat | Sys.OTrunc | Sys.ONoFollow, 0x1B6 /* 0666 */))
            Sys.WriteAll(file, Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)), temporary);
        Sys.Rename(temporary, path);
    }
}
