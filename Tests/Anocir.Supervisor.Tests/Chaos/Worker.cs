using System.Collections.Concurrent;
using System.Globalization;
using Anocir.Supervisor.Tests.Running;

namespace Anocir.Supervisor.Tests.Chaos;

/// <summary>Makes and ends containers, one life after the other, and notes what went otherwise than it may.</summary>
internal sealed class Worker(Sandbox sandbox, int number, int seed, ConcurrentQueue<string> faults)
{
    // A call that finds no supervisor starts one; on a loaded machine that takes a while, and it may be killed again.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private readonly Random _random = new(seed);

    internal int Lives { get; private set; }

    internal int Failures { get; private set; }

    /// <summary>Ids whose creation failed: nothing of them may be left.</summary>
    internal List<string> Refused { get; } = [];

    internal void Work(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"w{number}-{Lives++}");
                switch (_random.Next(5))
                {
                    case 0: RunDetached(id); break;
                    case 1: CreateAndStart(id); break;
                    case 2: CreateAndDelete(id); break;
                    case 3: RunInForeground(id); break;
                    default: DeleteRunning(id); break;
                }
            }
        }
        catch (TimeoutException e)
        {
            faults.Enqueue(e.Message);
        }
    }

    private void RunDetached(string id)
    {
        if (!Make(id, "run", "sleep", "-d")) return;
        Call("kill", id, "KILL");
        // Without force it is refused while init is still ending.
        if (!Call("delete", id)) Call("delete", "-f", id);
    }

    private void CreateAndStart(string id)
    {
        if (!Make(id, "create", "sleep")) return;
        Call("start", id);
        Call("state", id);
        Call("kill", id, "KILL");
        Call("delete", "-f", id);
    }

    private void CreateAndDelete(string id)
    {
        if (Make(id, "create", "sleep")) Call("delete", id);
    }

    private void DeleteRunning(string id)
    {
        if (Make(id, "run", "sleep", "-d")) Call("delete", "-f", id);
    }

    private void RunInForeground(string id)
    {
        using var call = sandbox.Begin(["run", "--bundle", Bundle(id, "exit"), id]);
        var ended = call.End(_limit);
        var runs = Processes.TryRead($"{sandbox.Bundles.Marks}/{id}")?.Length ?? 0;
        if (runs > 1) faults.Enqueue($"{id}: its program ran {runs} times");
        if (ended.Code == 7)
        {
            if (runs == 0) faults.Enqueue($"{id}: exit code 7 from a program that never ran");
            return;
        }

        Note(ended);
        if (runs > 0 && ended.Code != 1) faults.Enqueue($"{id}: ran, and exit code {ended.Code} arrived");
    }

    private bool Make(string id, string verb, string program, params string[] options)
    {
        if (Call([verb, .. options, "--bundle", Bundle(id, program), id])) return true;
        Refused.Add(id);
        return false;
    }

    private string Bundle(string id, string program)
    {
        string[] arguments = program == "exit" ? ["sh", "-c", $"echo -n x >> /marks/{id}; exit 7"] : ["sleep", "3600"];
        return sandbox.Bundles.Make(id, arguments);
    }

    private bool Call(params string[] arguments)
    {
        using var call = sandbox.Begin(arguments);
        var ended = call.End(_limit);
        Note(ended);
        return ended.Code == 0;
    }

    private void Note(Call call)
    {
        if (call.Code == 0) return;
        Failures++;
        if (!call.IsClear) faults.Enqueue($"anocir {call.Arguments}: exit code {call.Code}, and not one clear error: {call.Errors}");
        sandbox.Errors.AddOrUpdate(Reason(call), 1, (_, n) => n + 1);
    }

    /// <summary>The message without its time and ids, to count the kinds.</summary>
    private static string Reason(Call call)
    {
        var at = call.Errors.IndexOf("msg=", StringComparison.Ordinal);
        var words = (at < 0 ? call.Errors : call.Errors[at..]).Trim().Split(' ').Select(w => w.Any(char.IsAsciiDigit) ? "#" : w);
        return call.Arguments.Split(' ')[0] + ": " + string.Join(' ', words);
    }
}
