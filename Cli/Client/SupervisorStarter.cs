using System.Runtime.InteropServices;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Client;

/// <summary>Starts the supervisor, out of everything that is the caller's: two callers at once start one.</summary>
internal static unsafe class SupervisorStarter
{
    private const int LockExclusive = 2;

    public static FdHandle StartAndConnect(string socketPath, int errno)
    {
        if (errno is not (Errno.ENOENT or Errno.ECONNREFUSED)) throw new SyscallException($"connect to {socketPath}", errno);
        Sys.MakeDirectory(null, RuntimeDirectory.Path, 0x1C0 /* 0700 */);
        using var startLock = Sys.Open($"{RuntimeDirectory.Path}/start.lock", Sys.ORdWr | Sys.OCreat | Sys.ONoFollow, 0x180 /* 0600 */);
        if (Libc.flock(startLock.Value, LockExclusive) != 0) throw new SyscallException($"lock {RuntimeDirectory.Path}/start.lock", Marshal.GetLastPInvokeError());
        // Whoever held the lock before us may have started it.
        return UnixSocket.TryConnect(socketPath, out _) ?? Start(socketPath);
    }

    private static FdHandle Start(string socketPath)
    {
        var program = FindProgram();
        var logPath = $"{RuntimeDirectory.Path}/supervisor.log";
        using var nothing = Sys.Open("/dev/null", Sys.ORdWr);
        using var log = Sys.Open(logPath, Sys.OWrOnly | Sys.OCreat | Sys.OAppend | Sys.ONoFollow, 0x180 /* 0600 */);
        var (ready, theirs) = UnixSocket.Pair();
        using (ready)
        {
            var intermediate = Fork(program, nothing.Value, log.Value, theirs.Value);
            theirs.Dispose();
            Sys.WaitForChild(intermediate);
            // The supervisor says Ready when it listens; the end of the pair alone means that it could not.
            using var word = new Channel(ready).Receive();
            if (word is { Kind: FrameKind.Ready } && UnixSocket.TryConnect(socketPath, out _) is { } socket) return socket;
            var why = word is { Kind: FrameKind.Failed } ? word.Reader().String() : $"it ended at once; see {logPath}";
            throw new ContainerException($"start {program}: {why}");
        }
    }

    private static string FindProgram()
    {
        var directory = Path.GetDirectoryName(Sys.ReadLink("/proc/self/exe")) ?? "/";
        foreach (var candidate in (ReadOnlySpan<string>)[$"{directory}/anocir-supervisor", $"{Path.GetDirectoryName(directory)}/lib/anocir/anocir-supervisor"])
        {
            if (File.Exists(candidate)) return candidate;
        }

        throw new ContainerException($"anocir-supervisor is neither in {directory} nor in ../lib/anocir");
    }

    /// <summary>Forks twice, so that the supervisor is nobody's child but a reaper's, and in its own session.</summary>
    private static int Fork(string program, int nothing, int log, int ready)
    {
        using var arguments = new NativeStrings([program, "--name=" + SupervisorSocket.Name]);
        using var environment = new NativeStrings(Environment());
        using var root = new NativeStrings(["/"]);
        const int ReadyNumber = 3;
        var pid = Clone();
        if (pid != 0) return pid;
        Libc.setsid();
        if (Clone() != 0) Libc._exit(0);
        Libc.chdir(root.Values[0]);
        Libc.dup3(nothing, 0, 0);
        Libc.dup3(log, 1, 0);
        Libc.dup3(log, 2, 0);
        if (ready == ReadyNumber) Libc.fcntl(ready, 2 /* F_SETFD */, 0);
        else Libc.dup3(ready, ReadyNumber, 0);
        Libc.syscall(SyscallNumber.CloseRange, ReadyNumber + 1, int.MaxValue, 0, 0, 0, 0);
        Libc.execve(arguments.Values[0], arguments.Values, environment.Values);
        Libc._exit(127);
        return 0;
    }

    /// <summary>fork(2): this process has one managed thread.</summary>
    private static int Clone()
    {
        const int SigChld = 17;
        var pid = CloneCall.Clone(new CloneArguments { ExitSignal = SigChld });
        return pid >= 0 ? pid : throw new SyscallException("clone the supervisor", Marshal.GetLastPInvokeError());
    }

    /// <summary>Nothing of the caller's environment but what names the place, the search path and the .NET installation.</summary>
    private static List<string> Environment()
    {
        string[] kept = [RuntimeDirectory.Variable, "PATH", "HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DOTNET_ROOT", "ANOCIR_CONFIG"];
        var environment = new List<string> { "LANG=C.UTF-8" };
        foreach (var name in kept)
        {
            if (System.Environment.GetEnvironmentVariable(name) is { } value) environment.Add($"{name}={value}");
        }

        return environment;
    }
}
