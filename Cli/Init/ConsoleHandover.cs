using System.Text;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;

namespace Anocir.Cli.Init;

/// <summary>A terminal's two ends part: the master goes to who asked for it, the slave becomes our own standard streams.</summary>
internal static class ConsoleHandover
{
    /// <param name="console">A connected console socket; without one the supervisor relays.</param>
    public static void Give(Pty pty, Channel channel, FdHandle? console)
    {
        if (console is not null)
        {
            // Who listens may wait for the end of the connection, and a container that waits for start must not hold one to its engine.
            using (console) DescriptorMessage.Send(console, Encoding.ASCII.GetBytes(pty.SlaveName), pty.Master);
        }
        else channel.Send(FrameKind.Console, ReadOnlySpan<byte>.Empty, pty.Master);
        // The caller's streams are closed with this.
        pty.TakeOver();
    }
}
