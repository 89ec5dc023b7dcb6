using Anocir.Platform.Ipc;
using Anocir.Platform.Processes;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;
using Xunit;

namespace Anocir.Actors.Tests.Containers;

/// <summary>A process that does nothing, for which the test speaks on init's channel.</summary>
internal sealed class FakeInit : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ChildProcess _process;
    private readonly FdHandle _pidfd;
    private FdHandle? _listener;

    /// <param name="sealedExecutable">As init is before its execve: run from a file in memory of that name.</param>
    internal FakeInit(IReactor reactor, Channel channel, bool sealedExecutable = true)
    {
        Channel = channel;
        using var image = Sys.MemoryFile("anocir", File.ReadAllBytes("/bin/sleep"), executable: true);
        _process = ChildProcess.Start(
            new ChildProcessStart
            {
                Path = sealedExecutable ? $"/proc/{Environment.ProcessId}/fd/{image.Value}" : "/bin/sleep",
                Arguments = ["sleep", "600"],
                Environment = [],
                WorkingDirectory = "/",
                OutputLimit = 100,
            },
            reactor);
        _pidfd = Sys.TryOpenProcess(Pid, out _)!;
        StartTime = Sys.ProcessStartTime(Pid)!.Value;
    }

    internal Channel Channel { get; private set; }

    internal int Pid => _process.Pid;

    internal long StartTime { get; }

    internal bool HasEnded => Sys.ProcessEnded(_pidfd, 0);

    internal FdHandle Pidfd() => Sys.Duplicate(_pidfd);

    internal async Task<ChildProcessResult> EndedAsync() => await _process.Completion.WaitAsync(Patience);

    internal void Kill() => Sys.SignalProcess(_pidfd, 9);

    internal void Say(FrameKind kind, WireWriter? body = null, params FdHandle[] descriptors) =>
        Assert.True(Channel.Send(kind, body ?? new WireWriter(), descriptors));

    internal async Task<Frame> HearAsync(FrameKind kind)
    {
        var frame = await Task.Run(Channel.Receive).WaitAsync(Patience);
        Assert.Equal(kind, frame?.Kind);
        return frame!;
    }

    /// <summary>The supervisor's end is closed.</summary>
    internal async Task HearEndAsync() => Assert.Null(await Task.Run(Channel.Receive).WaitAsync(Patience));

    internal async Task TakePlanAsync()
    {
        using var plan = await HearAsync(FrameKind.Plan);
        _listener = plan.Claim(0);
    }

    /// <summary>The creation is stored: from here on start comes over a new connection.</summary>
    internal async Task OutliveAsync()
    {
        (await HearAsync(FrameKind.Continue)).Dispose();
        Channel.Dispose();
    }

    internal async Task TakeStartAsync()
    {
        Channel = new Channel(await Task.Run(() => UnixSocket.Accept(_listener!)).WaitAsync(Patience));
        (await HearAsync(FrameKind.Start)).Dispose();
        _listener!.Dispose();
    }

    /// <summary>As execve: says that it comes, and is heard no more.</summary>
    internal void Execute()
    {
        Say(FrameKind.Executing);
        Channel.Dispose();
    }

    public void Dispose()
    {
        _process.KillGroup();
        _process.Completion.Wait(Patience);
        _pidfd.Dispose();
        Channel.Dispose();
        _listener?.Dispose();
    }
}
