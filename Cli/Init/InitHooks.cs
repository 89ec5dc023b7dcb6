using System.Diagnostics;
using System.Globalization;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Processes;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Init;

/// <summary>Hooks that run in the container's namespaces, as children of init: createContainer and startContainer.</summary>
internal static class InitHooks
{
    private const int OutputLimit = 8 * 1024;

    /// <exception cref="ContainerException">The first one that fails.</exception>
    public static void Run(string kind, IReadOnlyList<HookPlan> hooks, string state, string directory, IReadOnlyList<string> environment, Channel channel)
    {
        if (hooks.Count == 0) return;
        // The state comes without the pid, which is ours as the container sees it.
        var input = System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"pid\":{Libc.getpid()},{state.AsSpan(1)}"));
        for (var i = 0; i < hooks.Count; i++)
        {
            var hook = hooks[i];
            var started = Stopwatch.GetTimestamp();
            var result = HookProcess.Run(hook, input, directory, hook.Env.Count > 0 ? hook.Env : environment, OutputLimit);
            var microseconds = (long)Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            channel.Send(FrameKind.HookReport, new HookReport(kind, i, hook.Path, microseconds, result.Failure, result.Output).Write(new WireWriter()));
            if (result.Failure is not null) throw new ContainerException(string.Create(CultureInfo.InvariantCulture, $"error running {kind} hook #{i}: {result.Failure}"));
        }
    }
}
