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
        ProcessFlags.ConsoleSocket,
        ProcessFlags.PidfdSocket,
        ProcessFlags.PidFile,
        new("no-subreaper", "disable the use of the subreaper used to reap reparented processes"),
        new("no-pivot", "do not use pivot root to jail process inside rootfs; needed whenever the rootfs is on top of a ramdisk"),
        new("no-new-keyring", "do not create a new session keyring for the container"),
        ProcessFlags.PreserveFds,
    ];

    /// <summary>Creates the container; it is started too when <paramref name="startNow"/>.</summary>
    /// <returns>The connection, which a foreground container goes on to use, and init's pid and pidfd.</returns>
    public static (SupervisorClient Client, int Pid, FdHandle Pidfd) Create(ParsedArguments arguments, GlobalOptions global, bool startNow, bool foreground)
    {
        var id = arguments.Positionals[0];
        var bundle = Path.GetFullPath(arguments.Value("bundle") ?? ".");
        using var config = OpenConfig(bundle);
        var listen = ProcessFlags.InheritedListeners();
        var preserved = listen + ProcessFlags.Preserved(arguments, listen);
        using var console = ProcessFlags.ConnectConsole(arguments);
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
        // What a supervisor leaves behind that is killed over it, the next one answers for, if it had come as far as was asked, or removes.
        var (client, init) = LaunchRequest.Launch(request, [.. descriptors.OfType<FdHandle>()], preserved, global.Log);
        try
        {
            ProcessFlags.Announce(arguments, init.Pid, init.Pidfd, "standard");
            // Held until here: what the creation took can go back only while its place is known.
            init.Release();
            return (client, init.Pid, init.Pidfd);
        }
        catch
        {
            client.Dispose();
            SupervisorClient.Call(SupervisorClient.NewRequest(Verb.Delete, global, id) with { Flag = true });
            init.Devices?.Return();
            init.Dispose();
            throw;
        }
    }

    internal static FdHandle OpenConfig(string bundle)
    {
        using var directory = Sys.TryOpen(null, bundle, Sys.OPath | Sys.ODirectory, 0, out var errno) ?? throw new SyscallException($"chdir {bundle}", errno);
        return Sys.TryOpen(directory, "config.json", Sys.ORdOnly | Sys.ONonBlock, 0, out errno)
            ?? throw (errno == Errno.ENOENT
                ? new ContainerException($"JSON specification file config.json not found in {bundle}")
                : new SyscallException($"open {bundle}/config.json", errno));
    }
}
