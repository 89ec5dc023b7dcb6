using System.Globalization;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Anocir.Actors.Tests.Journal;

namespace Anocir.Actors.Tests.Scheduling;

/// <summary>A process with an actor system that has done something, and then has nothing to do.</summary>
internal static partial class IdleProcess
{
    /// <summary>Prints the context switches and the CPU time (µs) of all its threads in three idle seconds.</summary>
    internal static async Task<int> IdleAsync(string config)
    {
        var system = ActorSystem.Create("idle", ConfigurationFactory.ParseString(config));
        var actor = system.ActorOf(Props.Create<Recorder>("idle"));
        await actor.Ask<string>("a", TimeSpan.FromSeconds(20));
        // Timed, so that the scheduler has run.
        system.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(1), actor, "b", ActorRefs.NoSender);
        await Task.Delay(3000);
        var (switches, time) = Usage();
        await Task.Delay(3000);
        var (switchesAfter, timeAfter) = Usage();
        Console.WriteLine("usage " + string.Create(CultureInfo.InvariantCulture, $"{switchesAfter - switches} {timeAfter - time}"));
        await system.Terminate();
        return 0;
    }

    // Of all threads, those that ended included: struct rusage has ru_utime at 0, ru_stime at 16 and ru_nvcsw at 128.
    private static unsafe (long Switches, long Microseconds) Usage()
    {
        var usage = stackalloc long[32];
        if (getrusage(0, usage) != 0) throw new InvalidOperationException("getrusage failed");
        return (usage[16], ((usage[0] + usage[2]) * 1_000_000) + usage[1] + usage[3]);
    }

    [LibraryImport("libc")] private static unsafe partial int getrusage(int who, long* usage);
}
