using System.Globalization;
using System.Text;
using Anocir.Platform;
using Anocir.Platform.Launch;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Init;

/// <summary>Runs one hook from init: state on its stdin, output caught up to a bound, killed at its time limit.</summary>
internal static class HookProcess
{
    private const short PollIn = 1;
    private const int SigKill = 9;

    public static (string? Failure, string Output) Run(HookPlan hook, ReadOnlySpan<byte> input, string directory, IReadOnlyList<string> environment, int outputLimit)
    {
        try
        {
            // A memfd as stdin: a hook that never reads it hurts nobody.
            using var stdin = Sys.MemoryFile("hook-state", input);
            var (output, theirs) = Sys.OutputPipe();
            using var closeOutput = output;
            int pid;
            using (theirs) pid = Sys.Spawn(hook.Path, hook.Args, environment, directory, stdin, theirs, theirs);
            using var pidfd = Sys.OpenChild(pid);
            var deadline = hook.Timeout is { } seconds ? Environment.TickCount64 + seconds * 1000L : long.MaxValue;
            var text = Collect(output, pidfd, deadline, outputLimit, out var timedOut);
            if (timedOut) Sys.KillChildGroup(pid, SigKill);
            var status = Sys.WaitForChild(pid);
            if (timedOut) return (string.Create(CultureInfo.InvariantCulture, $"timed out after {hook.Timeout} s"), text);
            return status == 0 ? (null, text) : ($"{WaitStatus.Describe(status ?? -1)}, output: {text.TrimEnd()}", text);
        }
        catch (SyscallException e)
        {
            return (e.Message, "");
        }
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
                var n = Sys.TryRead(output, buffer);
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
