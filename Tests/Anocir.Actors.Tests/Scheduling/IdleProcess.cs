using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Anocir.Actors.Tests.Journal;

namespace Anocir.Actors.Tests.Scheduling;

/// <summary>A process with an actor system that has done something, and then has nothing to do.</summary>
internal static class IdleProcess
{
    /// <summary>Prints the context switches and the CPU ticks of all its threads in three idle seconds.</summary>
    internal static async Task<int> IdleAsync(string config)
    {
        var system = ActorSystem.Create("idle", ConfigurationFactory.ParseString(config));
        var actor = system.ActorOf(Props.Create<Recorder>("idle"));
        await actor.Ask<string>("a", TimeSpan.FromSeconds(20));
        // Timed, so that the scheduler has run.
        system.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(1), actor, "b", ActorRefs.NoSender);
        await Task.Delay(3000);
        var (switches, ticks) = Usage();
        await Task.Delay(3000);
        var (switchesAfter, ticksAfter) = Usage();
        Console.WriteLine("usage " + string.Create(CultureInfo.InvariantCulture, $"{switchesAfter - switches} {ticksAfter - ticks}"));
        await system.Terminate();
        return 0;
    }

    private static (long Switches, long Ticks) Usage()
    {
        var (switches, ticks) = (0L, 0L);
        foreach (var thread in Directory.GetDirectories("/proc/self/task"))
        {
            foreach (var line in File.ReadAllLines(thread + "/status"))
            {
                if (line.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal)) switches += long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
            }

            var fields = File.ReadAllText(thread + "/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            ticks += long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        }

        return (switches, ticks);
    }
}
