using System.Globalization;
using System.Text;
using Anocir.Cli.Arguments;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Commands;

/// <summary>What <c>create</c>, <c>run</c> and <c>exec</c> do for the process they make, on their caller's side: descriptors in, pid out.</summary>
internal static class ProcessFlags
{
    public static Option ConsoleSocket { get; } = new("console-socket", "path to an AF_UNIX socket which will receive a file descriptor referencing the master end of the console's pseudoterminal", Value: "value");
    public static Option PidfdSocket { get; } = new("pidfd-socket", "path to an AF_UNIX socket which will receive a file descriptor referencing the process", Value: "value");
    public static Option PidFile { get; } = new("pid-file", "specify the file to write the process id to", Value: "value");
    public static Option PreserveFds { get; } = new("preserve-fds", "pass N additional file descriptors to the container (stdio + $LISTEN_FDS + N in total)", Value: "value");

    /// <summary>$LISTEN_FDS, if it is meant for us (sd_listen_fds(3)).</summary>
    public static int InheritedListeners()
    {
        if (Environment.GetEnvironmentVariable("LISTEN_FDS") is not { Length: > 0 } count) return 0;
        var mine = Environment.GetEnvironmentVariable("LISTEN_PID") == Libc.getpid().ToString(CultureInfo.InvariantCulture);
        return mine && int.TryParse(count, CultureInfo.InvariantCulture, out var n) && n > 0 ? n : 0;
    }

    /// <summary>--preserve-fds, every one of which must be open.</summary>
    public static int Preserved(ParsedArguments arguments, int listen)
    {
        var preserved = arguments.Number("preserve-fds", 0);
        if (preserved is < 0 or > 1024) throw new ContainerException($"--preserve-fds {preserved}: expected 0 to 1024");
        for (var fd = 3; fd < 3 + listen + preserved; fd++)
        {
            if (Libc.fcntl(fd, 1 /* F_GETFD */, 0) < 0) throw new ContainerException($"--preserve-fds {preserved}: descriptor {fd} is not open");
        }

        return preserved;
    }

    public static FdHandle? ConnectConsole(ParsedArguments arguments) =>
        arguments.Value("console-socket") is { } socket ? UnixSocket.ConnectStream(socket) : null;

    /// <summary>Tells of the process where it was asked for.</summary>
    /// <param name="name">What goes with the pidfd: "standard" for a container's init, "setns" for a further process.</param>
    public static void Announce(ParsedArguments arguments, int pid, FdHandle pidfd, string name)
    {
        if (arguments.Value("pidfd-socket") is { } receiver) SendPidfd(receiver, pidfd, name);
        // Last of all: engines take the file for "everything is done".
        if (arguments.Value("pid-file") is { } file) WritePidFile(Path.GetFullPath(file), pid);
    }

    private static void SendPidfd(string receiver, FdHandle pidfd, string name)
    {
        using var socket = UnixSocket.ConnectStream(receiver);
        DescriptorMessage.Send(socket, Encoding.ASCII.GetBytes(name), pidfd);
    }

    /// <summary>Digits only, in one rename: engines parse whatever they find.</summary>
    public static void WritePidFile(string path, int pid)
    {
        var temporary = $"{Path.GetDirectoryName(path)}/.{Path.GetFileName(path)}";
        using (var file = Sys.Open(temporary, Sys.OWrOnly | Sys.OCreat | Sys.OTrunc | Sys.ONoFollow, 0x1B6 /* 0666 */))
            Sys.WriteAll(file, Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)), temporary);
        Sys.Rename(temporary, path);
    }
}
