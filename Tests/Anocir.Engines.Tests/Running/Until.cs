using System.Diagnostics;

namespace Anocir.Engines.Tests.Running;

/// <summary>Waits for a condition that nothing announces, looking often and never for longer than a limit.</summary>
public static class Until
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns once the condition holds; throws <see cref="TimeoutException"/> naming what was waited for.</summary>
    public static void True(Func<bool> condition, string what, TimeSpan? limit = null, Func<string>? explain = null)
    {
        var (clock, most) = (Stopwatch.StartNew(), Patience.With(limit ?? Usual));
        while (!condition())
        {
            if (clock.Elapsed > most)
                throw new TimeoutException($"not within {most.TotalSeconds} s: {what}\n{explain?.Invoke()}");
            Thread.Sleep(Pace);
        }
    }

    /// <summary>Whether the condition comes to hold within the limit.</summary>
    public static bool Holds(Func<bool> condition, TimeSpan limit)
    {
        var (clock, most) = (Stopwatch.StartNew(), Patience.With(limit));
        while (clock.Elapsed < most)
        {
            if (condition())
                return true;
            Thread.Sleep(Pace);
        }

        return condition();
    }
}
