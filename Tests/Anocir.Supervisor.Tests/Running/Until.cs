using System.Diagnostics;

namespace Anocir.Supervisor.Tests.Running;

/// <summary>Waits for what the kernel or another process will make true, and says what did not become so.</summary>
internal static class Until
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    internal static void Holds(string what, Func<bool> condition, TimeSpan? limit = null)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > (limit ?? _limit)) throw new TimeoutException($"not within {(limit ?? _limit).TotalSeconds} s: {what}");
            Thread.Sleep(5);
        }
    }
}
