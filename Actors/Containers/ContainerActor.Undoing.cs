using Akka.Actor;
using Anocir.Actors.Hooks;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>A creation that cannot be finished leaves nothing behind but its reason.</summary>
public sealed partial class ContainerActor : IWithTimers
{
    /// <summary>The undoing in progress: the result of another, of before a restart of this actor, is not its result.</summary>
    private object? _undoing;

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The time that a creation has, without the runtime's hooks and with the limits of those that init runs.</summary>
    private void LimitCreation()
    {
        var limit = _services.Settings.Lifecycle.CreateTimeout;
        if (limit == TimeSpan.Zero) return;
        foreach (var hook in _launch!.Blueprint.Spec.Hooks?.CreateContainer ?? [])
        {
            var own = hook.Timeout is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : _services.Settings.Hooks.DefaultTimeout;
            if (own == TimeSpan.Zero) return;
            limit += own;
        }

        Timers.StartSingleTimer(CreationTimedOut.Instance, CreationTimedOut.Instance, limit);
    }

    /// <summary>Undoes everything that was done for a container that cannot be created, and says why.</summary>
    private void GiveUp(string reason)
    {
        if (_undoing is not null || _state.Status != ContainerStatus.Creating) return;
        var undo = _undoing = new object();
        Timers.Cancel(CreationTimedOut.Instance);
        StopHooks();
        _channelWatch?.Dispose();
        _launch?.Channel?.Dispose();
        if (_launch is { } launch) launch.Channel = null;
        var (services, key, state, making) = (_services, _key, _state, _launch?.Making);
        // Its own: ours is closed when we end.
        var pidfd = _pidfd is null ? null : Sys.Duplicate(_pidfd);
        Task.Run(async () =>
        {
            using (pidfd)
            {
                await Made(making).ConfigureAwait(false);
                if (pidfd is not null && Sys.SignalProcess(pidfd, 9) == 0) Sys.ProcessEnded(pidfd, 10_000);
                await Provisioning.Remove(key, state.Creation!, services).ConfigureAwait(false);
                return new Undone(undo, reason);
            }
        }).PipeTo(Self, Self, u => u, e => new Undone(undo, $"{reason} (and then: {e.Message})"));
    }

    private void OnUndone(Undone undone)
    {
        if (undone.Undo != _undoing) return;
        RunHooks([(HookKind.Poststop, _state.Pid == 0 ? null : Hooks?.Poststop)], "stopped", Finish, _ => Finish());

        void Finish() => Record(new ContainerCreationFailed { At = Now, Reason = undone.Reason }, () =>
        {
            Depart(refused: false);
            _launch?.Caller.Tell(new Answer(undone.Reason));
            DropLaunch();
        });
    }

    private void DropLaunch()
    {
        _channelWatch?.Dispose();
        if (_launch is not { } launch) return;
        _launch = null;
        launch.Command.Dispose();
        launch.Channel?.Dispose();
        launch.Blueprint.Dispose();
        launch.Provisioning?.Dispose();
        launch.DropUserNamespaces();
        if (launch.Making is not { IsCompleted: false } making || _undoing is not null) return;
        // This actor falls while it is made: nobody else will hear of it.
        var (services, key, state) = (_services, _key, _state);
        Task.Run(async () =>
        {
            await Made(making).ConfigureAwait(false);
            await Provisioning.Remove(key, state.Creation!, services).ConfigureAwait(false);
        });
    }

    /// <summary>Waits for what is being made, and closes it; whether it could be made does not matter any more.</summary>
    private static async Task Made(Task<Provisioning>? making)
    {
        if (making is null) return;
        await ((Task)making).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (making.IsCompletedSuccessfully) (await making.ConfigureAwait(false)).Dispose();
    }

    private sealed record Undone(object Undo, string Reason);

    private sealed record CreationTimedOut
    {
        public static CreationTimedOut Instance { get; } = new();
    }
}
