using Anocir.Cli.Client;
using Anocir.Platform;
using Anocir.Platform.Diagnostics;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Launch;

/// <summary>
/// A request over which the supervisor has a process cloned by us. When the supervisor is killed over it, the same request goes to the next one.
/// </summary>
internal static class LaunchRequest
{
    /// <param name="descriptors">Of the request.</param>
    /// <param name="preserved">Descriptors from 3 on that stay open in the process.</param>
    /// <param name="goesOn">
    /// Whether a process that is left without its supervisor became the user's program, and is what was asked for; null where the next supervisor decides.
    /// </param>
    /// <returns>The connection, which a foreground caller goes on to use, and the process.</returns>
    public static (SupervisorClient Client, int Pid, FdHandle Pidfd) Launch(Request request, FdHandle[] descriptors, int preserved, Func<int, FdHandle, bool>? goesOn = null)
    {
        FdHandle? pidfd = null;
        var pid = 0;
        try
        {
            for (var attempt = 1; attempt <= SupervisorClient.Attempts; attempt++)
            {
                var (client, frame) = SupervisorClient.Ask(request, descriptors);
                if (frame.Kind == FrameKind.Launch)
                {
                    PhaseTrace.Mark("launch-received");
                    Abandon(pid, pidfd);
                    pidfd = null;
                    try
                    {
                        using (frame) (pid, pidfd) = Launcher.Launch(frame, preserved);
                        PhaseTrace.Mark("cloned");
                        client.Channel.Send(FrameKind.Launched, new WireWriter().Int(pid), pidfd);
                    }
                    catch (SyscallException e)
                    {
                        client.Channel.Send(FrameKind.LaunchFailed, new WireWriter().String(e.Message));
                    }

                    frame = client.ReceiveAnswer();
                    PhaseTrace.Mark("answered");
                }

                if (frame is not null)
                {
                    var answer = SupervisorClient.ReadAnswer(frame);
                    if (pidfd is null || answer.Pid != pid) throw new InvalidDataException("the supervisor answered without a launch");
                    return (client, pid, pidfd);
                }

                if (pidfd is not null && goesOn?.Invoke(pid, pidfd) == true) return (client, pid, pidfd);
                client.Dispose();
            }

            throw new ContainerException("the supervisor ended before it was done; its log says why");
        }
        catch
        {
            Abandon(pid, pidfd);
            throw;
        }
    }

    /// <summary>A process that leads to nothing is our child, and nobody else's to reap.</summary>
    public static void Abandon(int pid, FdHandle? pidfd)
    {
        if (pidfd is null) return;
        Sys.SignalProcess(pidfd, 9);
        Sys.WaitForChild(pid);
        pidfd.Dispose();
    }
}
