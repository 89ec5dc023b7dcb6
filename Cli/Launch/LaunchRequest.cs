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
    public static (SupervisorClient Client, LaunchedInit Process) Launch(Request request, FdHandle[] descriptors, int preserved, Log log, Func<int, FdHandle, bool>? goesOn = null)
    {
        LaunchedInit? process = null;
        SupervisorClient? client = null;
        try
        {
            for (var attempt = 1; attempt <= SupervisorClient.Attempts; attempt++)
            {
                (client, var frame) = SupervisorClient.Ask(request, descriptors);
                if (frame.Kind == FrameKind.Launch)
                {
                    PhaseTrace.Mark("launch-received");
                    process?.Abandon();
                    process = null;
                    try
                    {
                        using (frame) process = Launcher.Launch(frame, preserved);
                        PhaseTrace.Mark("cloned");
                        process.Report(client.Channel);
                    }
                    catch (Exception e) when (e is SyscallException or ContainerException)
                    {
                        client.Channel.Send(FrameKind.LaunchFailed, new WireWriter().String(e.Message));
                    }

                    frame = client.ReceiveAnswer();
                    PhaseTrace.Mark("answered");
                }

                if (frame is not null)
                {
                    var answer = SupervisorClient.ReadAnswer(frame);
                    if (process is null || answer.Pid != process.Pid) throw new InvalidDataException("the supervisor answered without a launch");
                    foreach (var warning in answer.Warnings) log.Warning(warning);
                    return (client, process);
                }

                if (process is not null && goesOn?.Invoke(process.Pid, process.Pidfd) == true) return (client, process);
                client.Dispose();
            }

            throw new ContainerException("the supervisor ended before it was done; its log says why");
        }
        catch
        {
            client?.Dispose();
            process?.Abandon();
            throw;
        }
    }
}
