using System.Runtime.InteropServices;
using Anocir.Cli.Client;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;

namespace Anocir.Cli.Launch;

/// <summary>Stays with a container in the foreground: passes signals and window sizes on, and learns its exit status as its parent.</summary>
internal static class Foreground
{
    private const int SigWinch = 28;

    /// <summary>
    /// Everything that ends or tells a program, but SIGCHLD, SIGURG and SIGWINCH, which are about us, those of our own faults, and
    /// the first real-time signal, with which .NET stops its threads.
    /// </summary>
    private static readonly int[] _forwarded = [1, 2, 3, 10, 12, 14, 15, 16, 18, 20, 21, 22, 24, 25, 26, 27, 29, 30, .. Enumerable.Range(35, 30)];

    /// <param name="deliver">Passes a signal on.</param>
    /// <returns>The exit code: the program's own, or 128 and the signal that ended it.</returns>
    public static int Wait(SupervisorClient client, int pid, Action<int> deliver)
    {
        // Only now: registrations start threads, and the clone is behind us.
        var registrations = new List<PosixSignalRegistration>();
        foreach (var signal in _forwarded)
        {
            registrations.Add(PosixSignalRegistration.Create((PosixSignal)signal, context =>
            {
                context.Cancel = true;
                deliver(signal);
            }));
        }

        if (client.Console is not null) registrations.Add(FollowWindowSize(client));
        try
        {
            var status = Sys.WaitForChild(pid) ?? throw new ContainerException($"wait for process {pid}: it is not our child");
            if (client.Console is not null && client.Channel.Send(FrameKind.Drain, new WireWriter()))
            {
                using var answer = client.Channel.Receive();
            }

            return WaitStatus.ExitCode(status);
        }
        finally
        {
            foreach (var registration in registrations) registration.Dispose();
        }
    }

    private static PosixSignalRegistration FollowWindowSize(SupervisorClient client) =>
        PosixSignalRegistration.Create((PosixSignal)SigWinch, _ =>
        {
            using var terminal = Sys.Borrow(0);
            if (WindowSize.Of(terminal) is { } size) client.Channel.Send(FrameKind.Resize, new WireWriter().Int(size.Rows).Int(size.Columns));
        });
}
