using Anocir.Platform.Ipc;
using Anocir.Platform.Network;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Launch;

/// <summary>What a launch has made: init, and what goes with it.</summary>
/// <param name="UserNamespaces">For the supervisor, as its ticket lists them.</param>
/// <param name="Devices">Network devices that are the container's from now on; null where there are none.</param>
internal sealed record LaunchedInit(int Pid, FdHandle Pidfd, IReadOnlyList<FdHandle> UserNamespaces, NetworkMove? Devices) : IDisposable
{
    private const int SigKill = 9;

    /// <summary>Tells the supervisor, which takes over from here.</summary>
    public void Report(Channel channel)
    {
        channel.Send(FrameKind.Launched, new WireWriter().Int(Pid), [Pidfd, .. UserNamespaces]);
        foreach (var handle in UserNamespaces) handle.Dispose();
    }

    /// <summary>An init that leads to nothing is our child, and nobody else's to reap; what we took for it goes back.</summary>
    public void Abandon()
    {
        Sys.SignalProcess(Pidfd, SigKill);
        Sys.WaitForChild(Pid);
        Devices?.Return();
        Dispose();
    }

    /// <summary>All but the pidfd, which is the caller's.</summary>
    public void Release()
    {
        foreach (var handle in UserNamespaces) handle.Dispose();
        Devices?.Dispose();
    }

    public void Dispose()
    {
        Release();
        Pidfd.Dispose();
    }
}
