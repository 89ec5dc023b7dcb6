using System.Globalization;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Init;

/// <summary>Where the sealed executable begins: <c>init CHANNEL</c> in a container that is being made, <c>init CHANNEL PROCFS</c> in one that runs.</summary>
internal static class InitProcess
{
    public static int Run(string channelNumber, string[] procfsNumber, long began)
    {
        // Before anything can look: a process that still holds the host's descriptors must not be read by its container.
        Sys.BecomeUndumpable();
        Sys.NameProcess(InitName.Value);
        if (Inherited(channelNumber) is not { } socket) return 2;
        var channel = new Channel(socket);
        return procfsNumber is [var number] ? ExecInit.Run(channel, Inherited(number)) : ContainerInit.Run(channel, began);
    }

    /// <summary>A descriptor that came through execveat, and goes no further. Null when the number is none ("-").</summary>
    private static FdHandle? Inherited(string text)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        var handle = new FdHandle(number);
        Sys.SetCloseOnExec(handle);
        return handle;
    }
}
