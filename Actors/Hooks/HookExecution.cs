using System.Diagnostics;
using System.Text;
using Anocir.Platform;
using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Hooks;

/// <summary>Runs one hook in this process's namespaces.</summary>
internal static class HookExecution
{
    /// <summary>Ends when the hook has ended. A hook that fails is a result, not an exception; cancelling kills the hook.</summary>
    internal static async Task<HookResult> RunAsync(RunHooks request, int index, HookLimits limits, IReactor reactor, CancellationToken cancellation)
    {
        var hook = request.Hooks[index];
        var path = hook.Path ?? "";
        var timeout = hook.Timeout is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : limits.DefaultTimeout;
        var watch = Stopwatch.StartNew();
        string? failure;
        string output;
        try
        {
            var start = new ChildProcessStart
            {
                Path = path,
                // args[0] is what the program is called by: Docker's network hook is found by it, not by its path.
                Arguments = hook.Args is { Count: > 0 } args ? args : [path],
                Environment = hook.Env ?? [],
                WorkingDirectory = request.WorkingDirectory,
                Input = Encoding.UTF8.GetBytes(request.StateJson),
                OutputLimit = limits.OutputLimit,
            };
            var child = ChildProcess.Start(start, reactor);
            (failure, output) = await WaitAsync(child, timeout, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SyscallException or ContainerException)
        {
            (failure, output) = (e.Message, "");
        }

        return new HookResult
        {
            Kind = request.Kind,
            Index = index,
            Path = path,
            EndedAt = DateTimeOffset.UtcNow,
            Duration = watch.Elapsed,
            Failure = failure,
            Output = output,
        };
    }

    private static async Task<(string? Failure, string Output)> WaitAsync(ChildProcess child, TimeSpan timeout, CancellationToken cancellation)
    {
        string? ended = null;
        try
        {
            await child.Completion.WaitAsync(timeout > TimeSpan.Zero ? timeout : Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            ended = string.Create(null, $"killed at its time limit of {timeout.TotalSeconds:0.###} s");
        }
        catch (OperationCanceledException)
        {
            ended = "killed: the supervisor gave the operation up";
        }

        if (ended is not null) child.KillGroup();
        var result = await child.Completion.ConfigureAwait(false);
        var output = result.Output + result.Errors;
        if (ended is null && result.Succeeded) return (null, output);
        return ($"{ended ?? result.Describe()}, stdout: {result.Output}, stderr: {result.Errors}", output);
    }
}
