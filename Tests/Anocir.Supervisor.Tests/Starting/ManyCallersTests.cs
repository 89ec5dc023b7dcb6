using System.Globalization;
using Anocir.Supervisor.Tests.Running;
using Xunit;

namespace Anocir.Supervisor.Tests.Starting;

/// <summary>Callers that find no supervisor.</summary>
public sealed class ManyCallersTests
{
    [SkippableTheory]
    [InlineData(2)]
    [InlineData(20)]
    public void Callers_at_once_start_one_supervisor_and_all_succeed(int callers)
    {
        using var sandbox = new Sandbox();
        var calls = Enumerable.Range(0, callers)
            .Select(n => sandbox.Begin(["run", "-d", "--bundle", sandbox.Bundles.Make($"c{n}", ["sleep", "3600"]), $"c{n}"])).ToList();
        foreach (var call in calls) call.End().Ok();

        Assert.Equal(callers, sandbox.Ids().Count);
        Assert.Single(Supervisors(sandbox));
        calls.ForEach(c => c.Dispose());
    }

    [SkippableFact]
    public void Callers_at_once_after_the_supervisor_was_killed_start_one_again()
    {
        using var sandbox = new Sandbox();
        sandbox.RunDetached("c", "sleep", "3600").Ok();
        for (var round = 0; round < 3; round++)
        {
            sandbox.KillSupervisor();
            var calls = Enumerable.Range(0, 20).Select(_ => sandbox.Begin(["state", "c"])).ToList();
            foreach (var call in calls) Assert.Contains("running", call.End().Ok().Output, StringComparison.Ordinal);
            calls.ForEach(c => c.Dispose());
            Assert.Single(Supervisors(sandbox));
        }
    }

    [SkippableFact]
    public void Stale_socket_and_stale_pid_file_hurt_nobody()
    {
        using var sandbox = new Sandbox();
        Directory.CreateDirectory(sandbox.RuntimeDirectory);
        using (var dead = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Seqpacket, System.Net.Sockets.ProtocolType.Unspecified))
            dead.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(sandbox.SocketPath));
        // Nobody listens there, but the file may be: .NET removes it with the socket.
        if (!File.Exists(sandbox.SocketPath)) File.WriteAllText(sandbox.SocketPath, "");
        // A pid that somebody else has: it must not be touched.
        File.WriteAllText($"{sandbox.RuntimeDirectory}/supervisor.pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

        sandbox.Run("list").Ok();
        Assert.NotEqual(0, sandbox.Supervisor);
    }

    [SkippableFact]
    public void Caller_is_served_when_the_one_who_was_starting_the_supervisor_is_killed()
    {
        using var sandbox = new Sandbox();
        for (var i = 0; i < 4; i++)
        {
            var first = sandbox.Begin(["list"]);
            Until.Holds("it has started a supervisor", () => Supervisors(sandbox).Count > 0);
            first.Kill();
            first.End();
            first.Dispose();

            var call = sandbox.Run("list").Ok();
            Assert.True(call.Took < TimeSpan.FromSeconds(8), $"the next caller waited {call.Took}");
            // The one that came second gives up, for the first holds the lock.
            Until.Holds("one supervisor is left", () => Supervisors(sandbox).Count == 1);
            sandbox.KillSupervisor();
        }
    }

    [SkippableFact]
    public void Caller_is_served_when_the_supervisor_is_killed_while_it_starts()
    {
        using var sandbox = new Sandbox();
        var served = 0;
        for (var i = 0; i < 6; i++)
        {
            using var call = sandbox.Begin(["list"]);
            Until.Holds("a supervisor starts", () => sandbox.Supervisor != 0);
            sandbox.KillSupervisor();
            var ended = call.End();
            if (ended.Code == 0) served++;
            else Assert.True(ended.IsClear, ended.Errors);
        }

        Assert.Equal(6, served);
    }

    [SkippableFact]
    public void Socket_of_another_users_process_is_refused()
    {
        using var sandbox = new Sandbox();
        Skip.IfNot(File.Exists("/usr/bin/python3") && File.Exists("/usr/bin/setpriv"), "needs python3 and setpriv to listen as another user");
        Directory.CreateDirectory(sandbox.RuntimeDirectory);
        File.SetUnixFileMode(sandbox.RuntimeDirectory, (UnixFileMode)0x1FF);
        var script = $"import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.bind('{sandbox.SocketPath}'); s.listen(); print('up', flush=True); c, _ = s.accept(); print(len(c.recv(65536)), flush=True)";
        var start = new System.Diagnostics.ProcessStartInfo("/usr/bin/setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", script]) { RedirectStandardOutput = true };
        using var stranger = System.Diagnostics.Process.Start(start)!;
        Assert.Equal("up", stranger.StandardOutput.ReadLine());

        sandbox.Run("list").Failed("neither root nor us");
        // It was told nothing.
        Assert.Equal("0", stranger.StandardOutput.ReadLine());
        stranger.WaitForExit();
    }

    private static List<int> Supervisors(Sandbox sandbox) =>
    [
        .. Processes.Of(sandbox.RuntimeDirectory).Where(p => p.Contains("anocir-supervisor", StringComparison.Ordinal)).Select(p => int.Parse(p.Split(' ')[0], CultureInfo.InvariantCulture)),
    ];
}
