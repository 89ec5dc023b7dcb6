using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Anocir.Supervisor.Tests.Running;
using Xunit;
using Xunit.Abstractions;

namespace Anocir.Supervisor.Tests.Chaos;

/// <summary>The supervisor is killed with SIGKILL at random moments while many callers use it. $CHAOS_SEED repeats a run, $CHAOS_KILLS lengthens it.</summary>
public sealed class KilledSupervisorTests(ITestOutputHelper output)
{
    private const int Callers = 20;
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(8);

    [SkippableFact]
    public void Supervisor_killed_at_random_moments_under_load_leaves_nothing_half_made()
    {
        using var sandbox = new Sandbox();
        var seed = Number("CHAOS_SEED") ?? Random.Shared.Next();
        var kills = Number("CHAOS_KILLS") ?? 100;
        output.WriteLine($"seed {seed} (CHAOS_SEED repeats it)");
        var random = new Random(seed);
        var faults = new ConcurrentQueue<string>();
        var workers = Enumerable.Range(0, Callers).Select(n => new Worker(sandbox, n, random.Next(), faults)).ToList();
        sandbox.Run("list").Ok();

        var watch = Stopwatch.StartNew();
        using var stop = new CancellationTokenSource();
        var threads = workers.ConvertAll(worker => new Thread(() => worker.Work(stop.Token)));
        threads.ForEach(t => t.Start());
        var killed = Kill(sandbox, random, kills, watch);
        stop.Cancel();
        threads.ForEach(t => t.Join());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{killed} kills, {workers.Sum(w => w.Lives)} lives, {workers.Sum(w => w.Failures)} failed calls in {watch.Elapsed.TotalSeconds:0} s"));
        foreach (var (error, count) in sandbox.Errors.OrderByDescending(e => e.Value)) output.WriteLine($"{count,5} {error}");
        foreach (var fault in faults) output.WriteLine("FAULT " + fault);

        var left = sandbox.Ids();
        output.WriteLine($"{left.Count} containers are left: {string.Join(' ', left)}");
        Assert.Empty(faults);
        Assert.Equal(kills, killed);
        Assert.Empty(left.Intersect(workers.SelectMany(w => w.Refused)));
        foreach (var id in left) AssertControllable(sandbox, id);
        sandbox.AssertNothingIsLeft();
        Assert.DoesNotContain("[ERROR]", sandbox.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("fail: ", sandbox.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Supervisor_after_many_lives_holds_no_more_descriptors_and_threads_than_before()
    {
        using var sandbox = new Sandbox();
        var bundle = sandbox.Bundles.Make("warm", ["true"]);
        var sleeper = sandbox.Bundles.Make("sleeper", ["sleep", "3600"]);
        Live();
        var supervisor = sandbox.Supervisor;
        var before = Descriptors(supervisor);

        for (var i = 0; i < 40; i++) Live();

        Assert.Equal(supervisor, sandbox.Supervisor);
        Until.Holds(
            $"descriptors return to the {before.Count} of the start: {string.Join(", ", Descriptors(supervisor).Except(before))}",
            () => Descriptors(supervisor).Count <= before.Count, TimeSpan.FromSeconds(10));
        sandbox.AssertNothingIsLeft();

        void Live()
        {
            sandbox.Run("run", "--bundle", bundle, "short").Ok();
            sandbox.Run("create", "--bundle", sleeper, "long").Ok();
            sandbox.Run("start", "long").Ok();
            sandbox.Run("create", "--bundle", sleeper, "long").Failed("already exists");
            sandbox.Run("delete", "-f", "long").Ok();
        }
    }

    /// <summary>One kill in five falls into a supervisor's start, the others into its work.</summary>
    private static int Kill(Sandbox sandbox, Random random, int kills, Stopwatch watch)
    {
        var killed = 0;
        while (killed < kills && watch.Elapsed < _longest)
        {
            Until.Holds("a caller has started the supervisor", () => sandbox.Supervisor != 0, TimeSpan.FromSeconds(60));
            var pid = sandbox.Supervisor;
            var starting = random.Next(5) == 0;
            if (!starting) Until.Holds("it listens", () => sandbox.Listens() || !Processes.Lives(pid));
            // Not a wait for anything: the moment of the kill is what is random.
            Thread.Sleep(random.Next(starting ? 500 : 800));
            if (pid != 0 && Processes.Signal(pid, Processes.SigKill) == 0) killed++;
            Until.Holds($"supervisor {pid} has ended", () => !Processes.Lives(pid));
        }

        return killed;
    }

    private static void AssertControllable(Sandbox sandbox, string id)
    {
        var (status, pid) = sandbox.State(id);
        Assert.Contains(status, (IEnumerable<string>)["created", "running", "stopped"]);
        if (status == "stopped")
        {
            Assert.Equal(0, pid);
        }
        else
        {
            Assert.True(Processes.Lives(pid), $"{id} is {status}, and its process {pid} does not live");
            sandbox.Run("kill", id, "KILL").Ok();
            sandbox.WaitForStatus(id, "stopped");
        }

        sandbox.Run("delete", id).Ok();
    }

    private static List<string> Descriptors(int pid) =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Select(link => $"{Path.GetFileName(link)} {Processes.Target(link)}")];

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var n) ? n : null;
}
