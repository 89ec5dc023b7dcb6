using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Anocir.Supervisor.Tests.Running;

/// <summary>
/// An installation of one's own: runtime directory, supervisor, bundles, cgroup parent. At the end everything is ended by what
/// belongs to it, whether the test passed or not.
/// </summary>
internal sealed class Sandbox : IDisposable
{
    private readonly string _anocir = Programs.Anocir;
    private int _calls;

    internal Sandbox()
    {
        var name = $"anocir-crash-{Guid.NewGuid():n}"[..25];
        Root = $"/tmp/{name}";
        RuntimeDirectory = $"{Root}/run";
        CgroupParent = $"/{name}";
        foreach (var directory in new[] { Root, $"{Root}/calls" }) Directory.CreateDirectory(directory);
        Bundles = new Bundle($"{Root}/bundles", Root, CgroupParent);
    }

    internal string Root { get; }

    internal string RuntimeDirectory { get; }

    /// <summary>Path of the cgroup above all of this sandbox' containers, the same in every hierarchy.</summary>
    internal string CgroupParent { get; }

    internal Bundle Bundles { get; }

    /// <summary>HOCON for the supervisors that calls start from now on.</summary>
    internal string Configuration { set => File.WriteAllText($"{Root}/anocir.conf", value); }

    /// <summary>Errors of calls, by kind, with their count.</summary>
    internal ConcurrentDictionary<string, int> Errors { get; } = new();

    internal string Log => Processes.TryRead($"{RuntimeDirectory}/supervisor.log") ?? "";

    internal string SocketPath => $"{RuntimeDirectory}/supervisor.sock";

    /// <summary>The supervisor that lives, or 0.</summary>
    internal int Supervisor =>
        int.TryParse(Processes.TryRead($"{RuntimeDirectory}/supervisor.pid"), CultureInfo.InvariantCulture, out var pid) && IsOurs(pid) ? pid : 0;

    /// <summary>Starts a call; <paramref name="wrapper"/> is a command that is to run it, <paramref name="prelude"/> shell to run first.</summary>
    internal RunningCall Begin(IReadOnlyList<string> arguments, string prelude = "", params string[] wrapper)
    {
        var output = $"{Root}/calls/{Interlocked.Increment(ref _calls)}";
        var start = new ProcessStartInfo("/bin/sh");
        // A build's lock must not be held by what outlives the test host.
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; {prelude} exec \"$@\" </dev/null >{output}.out 2>{output}.err");
        foreach (var argument in (IEnumerable<string>)["sh", .. wrapper, _anocir, .. arguments]) start.ArgumentList.Add(argument);
        start.Environment["ANOCIR_RUNTIME_DIR"] = RuntimeDirectory;
        start.Environment.Remove("RUNTIME");
        if (File.Exists($"{Root}/anocir.conf")) start.Environment["ANOCIR_CONFIG"] = $"{Root}/anocir.conf";
        File.WriteAllText(output + ".out", "");
        File.WriteAllText(output + ".err", "");
        return new RunningCall(Process.Start(start)!, string.Join(' ', arguments), output);
    }

    internal Call Run(params string[] arguments)
    {
        using var call = Begin(arguments);
        return call.End();
    }

    internal Call Create(string id, IReadOnlyList<string> program, params (string Kind, string Script)[] hooks) =>
        Run("create", "--bundle", Bundles.Make(id, program, hooks), id);

    internal Call RunDetached(string id, params string[] program) => Run("run", "-d", "--bundle", Bundles.Make(id, program), id);

    /// <summary>Status and pid, as <c>state</c> prints them.</summary>
    internal (string Status, int Pid) State(string id)
    {
        using var state = JsonDocument.Parse(Run("state", id).Ok().Output);
        return (state.RootElement.GetProperty("status").GetString()!, state.RootElement.GetProperty("pid").GetInt32());
    }

    internal IReadOnlyList<string> Ids() => Run("list", "-q").Ok().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Kills the supervisor, and comes back when it is gone; its pid.</summary>
    internal int KillSupervisor(int signal = Processes.SigKill)
    {
        var pid = Supervisor;
        Assert.True(pid != 0, $"no supervisor lives; its log:\n{Log}");
        Processes.Signal(pid, signal);
        Until.Holds($"supervisor {pid} has ended", () => !Processes.Lives(pid));
        return pid;
    }

    internal void WaitForStatus(string id, string status) => Until.Holds($"{id} is {status}", () => State(id).Status == status);

    /// <summary>Whether a supervisor accepts callers.</summary>
    internal bool Listens()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Seqpacket, System.Net.Sockets.ProtocolType.Unspecified);
        try
        {
            socket.Connect(new System.Net.Sockets.UnixDomainSocketEndPoint(SocketPath));
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    /// <summary>Nothing is left of any container: no process, cgroup, mount, directory or row of the list.</summary>
    internal void AssertNothingIsLeft() => AssertNothingIsLeftBut([]);

    /// <summary>The same, where there are more supervisors than the first one.</summary>
    internal void AssertNothingIsLeftBut(IEnumerable<int> supervisors)
    {
        Assert.Empty(Ids());
        int[] except = [Supervisor, .. supervisors];
        // Processes end, and are reaped by whoever it falls to, shortly after they were killed.
        Until.Holds($"no process is left of {string.Join("; ", Processes.Of(Root, except))}", () => Processes.Of(Root, except).Count == 0, TimeSpan.FromSeconds(10));
        Assert.Empty(Traces.CgroupProcesses(CgroupParent));
        Assert.DoesNotContain(Traces.Cgroups(CgroupParent), d => !d.EndsWith(CgroupParent, StringComparison.Ordinal));
        Assert.Empty(Traces.Mounts(Root));
        if (Directory.Exists($"{RuntimeDirectory}/containers")) Assert.Empty(Directory.GetFileSystemEntries($"{RuntimeDirectory}/containers"));
    }

    public void Dispose()
    {
        foreach (var pidFile in Directory.Exists(RuntimeDirectory) ? Directory.GetFiles(RuntimeDirectory, "*.pid") : [])
        {
            if (!int.TryParse(Processes.TryRead(pidFile), CultureInfo.InvariantCulture, out var pid) || !IsOurs(pid)) continue;
            Processes.Signal(pid, Processes.SigKill);
            Until.Holds($"supervisor {pid} has ended", () => !Processes.Lives(pid));
        }

        Traces.RemoveCgroups(CgroupParent);
        foreach (var process in Processes.Of(Root))
        {
            Processes.Signal(int.Parse(process.Split(' ')[0], CultureInfo.InvariantCulture), Processes.SigKill);
        }

        Until.Holds("no process is left", () => Processes.Of(Root).Count == 0);
        if (Environment.GetEnvironmentVariable("KEEP_SANDBOX") is null) Directory.Delete(Root, recursive: true);
    }

    // A pid file may be stale, and its pid somebody else's by now.
    private bool IsOurs(int pid) =>
        Processes.Lives(pid)
        && (Processes.TryRead($"/proc/{pid}/cmdline") ?? "").Contains("anocir-supervisor", StringComparison.Ordinal)
        && (Processes.TryRead($"/proc/{pid}/environ") ?? "").Contains($"ANOCIR_RUNTIME_DIR={RuntimeDirectory}", StringComparison.Ordinal);
}
