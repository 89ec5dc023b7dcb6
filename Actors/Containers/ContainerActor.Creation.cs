using Akka.Actor;
using Anocir.Actors.Consoles;
using Anocir.Actors.Hooks;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Containers;

/// <summary>From config.json to an init that waits for start.</summary>
public sealed partial class ContainerActor
{
    private Launch? _launch;

    private void Create(CreateContainer command)
    {
        if (_state.Status != ContainerStatus.None)
        {
            command.Dispose();
            Sender.Tell(new Answer("container with given ID already exists"));
            return;
        }

        Blueprint blueprint;
        try
        {
            blueprint = Blueprint.Draw(_key, command, _services);
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            command.Dispose();
            Sender.Tell(new Answer(e.Message));
            Context.Parent.Tell(new ContainerGone(_key, PersistenceId, Refused: true));
            Context.Stop(Self);
            return;
        }

        _launch = new Launch(command, blueprint, Sender);
        Record(blueprint.ToEvent(Now), Provision);
    }

    private void Provision()
    {
        var launch = _launch!;
        // Where the kernel lets a process into its cgroups only by itself (v1), the caller clones while we make them.
        if (!launch.Blueprint.CloneIntoCgroup) SendTicket(null);
        var (services, key, blueprint) = (_services, _key, launch.Blueprint);
        Task.Run(() => Provisioning.Make(key, blueprint, services)).PipeTo(Self, Self, p => p, e => new StepFailed(e));
    }

    private void SendTicket(FdHandle? cgroup)
    {
        var launch = _launch!;
        var (ours, inits) = UnixSocket.Pair();
        launch.Channel = new Channel(ours);
        List<FdHandle> descriptors = [inits, Sys.Duplicate(_services.Executable)];
        if (cgroup is not null) descriptors.Add(cgroup);
        descriptors.AddRange(launch.Blueprint.TakeJoinedNamespaces());
        launch.Caller.Tell(new LaunchOrder(launch.Blueprint.Ticket with { IntoCgroup = cgroup is not null }, descriptors));
    }

    private bool OnCreationMessage(object message)
    {
        switch (message)
        {
            case Provisioning p when _launch is not null:
                _launch.Provisioning = p;
                if (_launch.Blueprint.CloneIntoCgroup) SendTicket(p.Entry.V2Directory is { } v2 ? Sys.Duplicate(v2) : null);
                SendPlan();
                return true;
            case Provisioning p:
                // The creation was given up meanwhile.
                p.Dispose();
                return true;
            case InitLaunched m when _launch is not null: OnLaunched(m); return true;
            case InitLaunched m: m.Pidfd.Dispose(); return true;
            case LaunchFailed m: GiveUp(m.Reason); return true;
            case CallerGone when _launch is not null && _state.Status is ContainerStatus.Creating:
                GiveUp("the caller ended while the container was being created");
                return true;
            case CallerGone: return true;
            case StepFailed m: GiveUp(m.Cause.Message); return true;
            case Abandon m: GiveUp(m.Reason); return true;
            case InitSaid m: OnInitFrame(m.Frame); return true;
            case InitSilent: OnInitSilent(); return true;
            case HooksFinished m when _afterHooks is not null: OnHooksFinished(m); return true;
            case Undone m: OnUndone(m); return true;
            default: return false;
        }
    }

    private void OnLaunched(InitLaunched launched)
    {
        _pidfd = launched.Pidfd;
        WatchExit();
        var started = new InitSpawned { At = Now, Pid = launched.Pid, StartTime = Sys.ProcessStartTime(launched.Pid) ?? 0 };
        Record(started, () =>
        {
            if (_launch is not { } launch) return;
            try
            {
                // The maps come before the plan: with the plan, init becomes root of its user namespace.
                if (launch.Blueprint.NeedsIdMaps) IdMaps.Write(_state.Pid, launch.Blueprint.Spec.Linux!.UidMappings ?? [], launch.Blueprint.Spec.Linux.GidMappings ?? []);
            }
            catch (SyscallException e)
            {
                GiveUp(e.Message);
                return;
            }

            launch.Spawned = true;
            SendPlan();
            Listen(launch.Channel!);
        });
    }

    private void SendPlan()
    {
        if (_launch is not { Provisioning: { } provisioning } launch || launch.PlanSent || !(launch.Spawned || (launch.Channel is not null && !launch.Blueprint.NeedsIdMaps))) return;
        launch.PlanSent = true;
        var plan = launch.Blueprint.Plan with { CgroupCount = provisioning.Entry.V1Tasks.Count, ConsoleSocket = launch.Command.ConsoleSocket is not null };
        List<FdHandle> descriptors = [provisioning.StartSocket];
        if (launch.Command.ConsoleSocket is { } console) descriptors.Add(console);
        descriptors.AddRange(provisioning.Entry.V1Tasks);
        launch.Channel!.Send(FrameKind.Plan, plan.Write(new WireWriter()), [.. descriptors]);
        provisioning.Dispose();
        launch.Command.ConsoleSocket?.Dispose();
    }

    /// <summary>Init's frames become messages; one is read at a time, in order.</summary>
    private void Listen(Channel channel)
    {
        var self = Self;
        _channelWatch = _services.Reactor.Watch(channel.Socket, ReactorEvents.Readable, _ =>
        {
            try
            {
                var frame = channel.TryReceive(out var ended);
                if (frame is not null) self.Tell(new InitSaid(frame));
                else if (ended) self.Tell(new InitSilent());
            }
            catch (Exception e) when (e is InvalidDataException or SyscallException or ObjectDisposedException)
            {
                // Given up meanwhile, or not init's words: either way there is nothing more to hear.
                self.Tell(new InitSilent());
            }
        });
    }

    /// <summary>Init is no longer listened to: its end, if it was seen before, is looked at now.</summary>
    private void StopListening()
    {
        _channelWatch?.Dispose();
        _channelWatch = null;
        if (!_exitSeen) return;
        _exitSeen = false;
        Self.Tell(new InitExited());
    }

    private IDisposable? _channelWatch;

    /// <summary>The pidfd told of init's end before its channel did, which holds its last words.</summary>
    private bool _exitSeen;

    private void OnInitFrame(Frame frame)
    {
        using (frame)
        {
            var channel = _launch?.Channel ?? _start?.Channel;
            if (channel is null || _undoing) return;
            switch (frame.Kind)
            {
                case FrameKind.RootfsReady:
                    RunHooks([(HookKind.Prestart, Hooks?.Prestart), (HookKind.CreateRuntime, Hooks?.CreateRuntime)], "creating", () => channel.Send(FrameKind.Continue), GiveUp);
                    break;
                case FrameKind.HookReport:
                    var report = HookReport.Read(frame.Reader());
                    Record(new HookRan
                    {
                        At = Now,
                        Kind = report.Kind,
                        Index = report.Index,
                        Path = report.Path,
                        Milliseconds = report.Microseconds / 1000.0,
                        Failure = report.Failure,
                        Output = report.Output,
                    });
                    break;
                case FrameKind.Console when _launch is { } launch:
                    OpenConsole(launch, frame.Claim(0));
                    break;
                case FrameKind.Ready when _launch is not null:
                    OnReady();
                    break;
                case FrameKind.Executing when _start is not null:
                    _start.Executing = true;
                    break;
                case FrameKind.Failed:
                    OnInitFailed(frame.Reader().String());
                    return;
            }

            Listen(channel);
        }
    }

    private void OnInitFailed(string reason)
    {
        // In runc's words, which Podman and scripts look for.
        if (_launch is not null && _state.Status == ContainerStatus.Creating) GiveUp("unable to start container process: error during container init: " + reason);
        else OnStartFailed(reason);
    }

    private void OnInitSilent()
    {
        StopListening();
        if (_start is not null) OnStartChannelEnded();
        else if (_launch is not null && _state.Status == ContainerStatus.Creating) GiveUp("init ended before the container was ready" + OutOfMemoryHint());
    }

    private string OutOfMemoryHint() => _services.OpenCgroup(_state).OomKills() > 0 ? ": container init was OOM-killed (memory limit too low?)" : "";

    private void OpenConsole(Launch launch, FdHandle master)
    {
        if (launch.Command is not { TerminalIn: { } terminalIn, TerminalOut: { } terminalOut })
        {
            master.Dispose();
            return;
        }

        launch.Caller.Tell(new ConsoleOpened(Sys.Duplicate(master)));
        _console = Context.ActorOf(ConsoleRelay.Props(master, Sys.Duplicate(terminalIn), Sys.Duplicate(terminalOut), _services.Reactor), ChildName("console"));
    }

    private void OnReady() => Record(new ContainerCreated { At = Now }, () =>
    {
        var launch = _launch!;
        _launch = null;
        launch.Command.Dispose();
        if (launch.Command.Options.StartNow)
        {
            _start = new Starting(launch.Command.Operation, launch.Caller, launch.Channel!) { DeleteOnFailure = true };
            launch.Channel!.Send(FrameKind.Start);
        }
        else
        {
            // From here on init outlives us: it waits at its own socket.
            launch.Channel!.Send(FrameKind.Continue);
            StopListening();
            launch.Channel.Dispose();
            launch.Caller.Tell(new Answer(null, "", _state.Pid));
        }
    });

    /// <summary>Undoes everything that was done for a container that cannot be created, and says why.</summary>
    private void GiveUp(string reason)
    {
        if (_undoing || _state.Status != ContainerStatus.Creating) return;
        _undoing = true;
        _afterHooks = null;
        var (services, key, state, pidfd, provisioning) = (_services, _key, _state, _pidfd, _launch?.Provisioning);
        StopListening();
        _launch?.Channel?.Dispose();
        provisioning?.Dispose();
        Task.Run(() =>
        {
            if (pidfd is not null && Sys.SignalProcess(pidfd, 9) == 0) Sys.ProcessEnded(pidfd, 10_000);
            Provisioning.Remove(key, state.Creation!, services);
            return new Undone(reason);
        }).PipeTo(Self, Self, u => u, e => new Undone($"{reason} (and then: {e.Message})"));
    }

    private bool _undoing;

    private void OnUndone(Undone undone)
    {
        RunHooks([(HookKind.Poststop, _state.Pid == 0 ? null : Hooks?.Poststop)], "stopped", Finish, _ => Finish());

        void Finish() => Record(new ContainerCreationFailed { At = Now, Reason = undone.Reason }, () =>
        {
            _launch?.Caller.Tell(new Answer(undone.Reason));
            Self.Tell(new Forget());
        });
    }

    private void DropLaunch()
    {
        _channelWatch?.Dispose();
        if (_launch is not { } launch) return;
        launch.Command.Dispose();
        launch.Channel?.Dispose();
        launch.Provisioning?.Dispose();
        launch.Blueprint.Dispose();
        _launch = null;
    }

    private void FailCallers(string reason)
    {
        _launch?.Caller.Tell(new Answer(reason));
        _start?.Caller.Tell(new Answer(reason));
    }

    /// <summary>A creation in progress.</summary>
    private sealed class Launch(CreateContainer command, Blueprint blueprint, IActorRef caller)
    {
        public CreateContainer Command { get; } = command;
        public Blueprint Blueprint { get; } = blueprint;
        public IActorRef Caller { get; } = caller;
        public Channel? Channel { get; set; }
        public Provisioning? Provisioning { get; set; }
        public bool Spawned { get; set; }
        public bool PlanSent { get; set; }
    }

    private sealed record InitSaid(Frame Frame);

    private sealed record InitSilent;

    private sealed record StepFailed(Exception Cause);

    private sealed record Undone(string Reason);
}
