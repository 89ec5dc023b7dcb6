using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Anocir.Platform;
using Anocir.Platform.Launch;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Init;

/// <summary>Runs one hook from init: state on its stdin, output caught up to a bound, killed at its time limit.</summary>
internal static unsafe class HookProcess
{
    private const ulong SigChld = 17;
    private const int SigKill = 9;
    private const short PollIn = 1;

    public static (string? Failure, string Output) Run(HookPlan hook, ReadOnlySpan<byte> input, string directory, IReadOnlyList<string> environment, int outputLimit)
    {
        // A memfd as stdin: a hook that never reads it hurts nobody.
        using var stdin = Sys.MemoryFile("hook-state", input);
        var (ours, theirs) = Sys.Pipe();
        using var output = ours;
        using var arguments = new NativeStrings(hook.Args);
        using var variables = new NativeStrings(environment);
        using var path = new NativeStrings([hook.Path, directory]);
        var pid = CloneCall.Clone(new CloneArguments { ExitSignal = SigChld });
        if (pid < 0) return (new SyscallException($"clone for {hook.Path}", Marshal.GetLastPInvokeError()).Message, "");
        if (pid == 0)
        {
            Libc.setsid();
            Libc.dup3(stdin.Value, 0, 0);
            Libc.dup3(theirs.Value, 1, 0);
            Libc.dup3(theirs.Value, 2, 0);
            Sys.ResetSignals();
            if (Libc.chdir(path.Values[1]) == 0) Libc.execve(path.Values[0], arguments.Values, variables.Values);
            // The output is where the parent looks; 127 is the shell's word for "not run".
            Standard.Error(new SyscallException($"exec {hook.Path}", Marshal.GetLastPInvokeError()).Message);
            Libc._exit(127);
        }

        theirs.Dispose();
        using var pidfd = Sys.TryOpenProcess(pid, out _);
        var deadline = hook.Timeout is { } seconds ? Environment.TickCount64 + seconds * 1000L : long.MaxValue;
        var text = Collect(output, pidfd!, deadline, outputLimit, out var timedOut);
        if (timedOut) Libc.kill(-pid, SigKill);
        var status = Sys.WaitForChild(pid);
        if (timedOut) return (string.Create(CultureInfo.InvariantCulture, $"timed out after {hook.Timeout} s"), text);
        return status == 0 ? (null, text) : ($"{WaitStatus.Describe(status ?? -1)}, output: {text.TrimEnd()}", text);
    }

    /// <summary>Reads until the hook itself has ended; what its own children still write is theirs.</summary>
    private static string Collect(FdHandle output, FdHandle pidfd, long deadline, int limit, out bool timedOut)
    {
        var text = new List<byte>();
        Span<byte> buffer = stackalloc byte[4096];
        while (true)
        {
            var left = deadline == long.MaxValue ? 100 : Math.Clamp(deadline - Environment.TickCount64, 0, 100);
            timedOut = deadline != long.MaxValue && Environment.TickCount64 >= deadline;
            if (timedOut) break;
            if (Sys.Poll(output, PollIn, (int)left) != 0)
            {
                var n = Sys.TryReadSome(output, buffer, out _);
                if (n > 0)
                {
                    if (text.Count < limit) text.AddRange(buffer[..Math.Min(n, limit - text.Count)]);
                    continue;
                }

                // All writers have closed: only the end of the process itself is left to wait for.
                timedOut = !Sys.ProcessEnded(pidfd, deadline == long.MaxValue ? -1 : (int)Math.Max(0, deadline - Environment.TickCount64));
                break;
            }

            if (Sys.ProcessEnded(pidfd, 0) && Sys.Poll(output, PollIn, 0) == 0) break;
        }

        return Encoding.UTF8.GetString([.. text]);
    }
}
