using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Supervisor.Composition;

/// <summary>Tells the command line that started us that it may connect, or why it may not.</summary>
internal sealed class ReadinessNotice : IDisposable
{
    private const int StarterDescriptor = 3;
    private readonly Channel? _starter;

    private ReadinessNotice(Channel? starter) => _starter = starter;

    /// <summary>Descriptor 3 belongs to the starter if it is a socket of ours; under systemd it may be a listener, and from a shell nothing.</summary>
    public static ReadinessNotice FromStarter()
    {
        var isStarter = Sys.IsMessageSocket(StarterDescriptor) && Environment.GetEnvironmentVariable("LISTEN_FDS") is null;
        return new ReadinessNotice(isStarter ? new Channel(new FdHandle(StarterDescriptor)) : null);
    }

    public void Ready()
    {
        _starter?.Send(FrameKind.Ready);
        _starter?.Dispose();
    }

    public void Failed(string why) => _starter?.Send(FrameKind.Failed, new WireWriter().String(why));

    public void Dispose() => _starter?.Dispose();
}
