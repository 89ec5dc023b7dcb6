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
    private const int PollMilliseconds = 100;
    private const short PollIn = 1;
    private const int LastSignal = 64;
    /// <summary>Size of the kernel's sigset_t, in bytes.</summary>
    private const int SignalSetSize = 8;

    /// <summary>Null when it ended before we could connect: its log says why, if it was not killed.</summary>
    public static FdHandle? TryStartAndConnect(string socketPath, int errno)
    {
        if (errno is not (Errno.ENOENT or Errno.ECONNREFUSED)) throw new SyscallException($"connect to {socketPath}", errno);
        Sys.MakeDirectory(null, RuntimeDirectory.Path, 0x1C0 /* 0700 */);
        using var startLock = Sys.Open($"{RuntimeDirectory.Path}/start.lock", Sys.ORdWr | Sys.OCreat | Sys.ONoFollow, 0x180 /* 0600 */);
        if (Libc.flock(startLock.Value, LockExclusive) != 0) throw new SyscallException($"lock {RuntimeDirectory.Path}/start.lock", Marshal.GetLastPInvokeError());
        // Whoever held the lock before us may have started it.
        return UnixSocket.TryConnect(socketPath, out _) ?? Start(socketPath);
    }

    private static FdHandle? Start(string socketPath)
    {
        var program = FindProgram();
        using var nothing = Sys.Open("/dev/null", Sys.ORdWr);
        using var log = Sys.Open($"{RuntimeDirectory.Path}/supervisor.log", Sys.OWrOnly | Sys.OCreat | Sys.OAppend | Sys.ONoFollow, 0x180 /* 0600 */);
        var (ready, theirs) = UnixSocket.Pair();
        using (ready)
        {
            var intermediate = Fork(program, nothing.Value, log.Value, theirs.Value);
            theirs.Dispose();
            Sys.WaitForChild(intermediate);
            // The supervisor says Ready when it listens; the end of the pair alone means that it could not, or was killed. One that another
            // caller had begun to start, before that caller was killed, may come first: ours waits for its end, and must not keep us waiting.
            while (Sys.Poll(ready, PollIn, PollMilliseconds) == 0)
            {
                if (UnixSocket.TryConnect(socketPath, out _) is { } others) return others;
            }

            using var word = new Channel(ready).Receive();
            if (UnixSocket.TryConnect(socketPath, out _) is { } socket) return socket;
            if (word is null or { Kind: FrameKind.Ready }) return null;
            throw new ContainerException($"start {program}: {word.Reader().String()}");
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
        ForgetSignals();
        Libc.mount_umask(0x12 /* 022 */);
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

    /// <summary>What the caller ignores or blocks would outlive execve: a SIGCHLD that is ignored takes the hooks' exit statuses away.</summary>
    private static void ForgetSignals()
    {
        KernelSigAction byDefault = default;
        for (var signal = 1; signal <= LastSignal; signal++) Libc.syscall(SyscallNumber.RtSigAction, signal, (nint)(&byDefault), 0, SignalSetSize, 0, 0);
        ulong none = 0;
        const int SetMask = 2;
        Libc.syscall(SyscallNumber.RtSigProcMask, SetMask, (nint)(&none), 0, SignalSetSize, 0, 0);
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
