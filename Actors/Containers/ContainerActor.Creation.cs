using Akka.Actor;
using Akka.Event;
using Anocir.Actors.Consoles;
using Anocir.Actors.Execs;
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
        if (_departed || IsRepeated(command))
        {
            AnswerAgain(command);
            return;
        }

        if (_state.Status != ContainerStatus.None)
        {
            command.Dispose();
            Sender.Tell(new Answer("container with given ID already exists"));
            return;
        }

        if (AwaitsDriver(command)) return;
        Blueprint blueprint;
        try
        {
            blueprint = Blueprint.Draw(_key, command, _services);
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            command.Dispose();
            Depart(refused: true);
            Sender.Tell(new Answer(e.Message));
            return;
        }

        _launch = new Launch(command, blueprint, Sender);
        _template = ExecTemplate.From(blueprint.Spec, blueprint.Plan.Process?.Seccomp);
        // How long a restore takes is the images' affair.
        if (!_launch.Restoring) LimitCreation();
        Record(blueprint.ToEvent(Now), Provision);
    }

    private bool IsRepeated(CreateContainer command) => _launch is null && command.Operation.Length > 0 && _state.Creation?.Operation == command.Operation;

    /// <summary>
    /// The supervisor was killed between what was asked and its answer. A container that had come so far is answered for, lest its
    /// program run twice; of another everything goes, and it is created anew.
    /// </summary>
    private void AnswerAgain(CreateContainer command)
    {
        var done = command.Options.StartNow ? _state.Started : _state.Status == ContainerStatus.Created;
        if (!done || _departed || _state.Deleting || _deletions.Count > 0)
        {
            Context.Parent.Tell(new CreateAnew(_key, command, Sender));
            return;
        }

        command.Dispose();
        Sender.Tell(new Answer(null, "", _state.Pid));
        if (command.Options.DeleteAtExit && _console is null) DeleteAtExit(Sender);
    }

    private void Provision()
    {
        var launch = _launch!;
        // Where the kernel lets a process into its cgroups only by itself (v1), the caller clones while we make them.
        if (!launch.Restoring && !launch.Blueprint.CloneIntoCgroup) SendTicket(null);
        if (!launch.Blueprint.Driver.NeedsInit) Make(launch);
        else if (launch.Restoring) GiveUp("restore: CRIU cannot be put into a systemd scope yet; leave --systemd-cgroup out");
    }

    private void Make(Launch launch)
    {
        var (key, blueprint, init) = (_key, launch.Blueprint, _state.Pid);
        // Fairly queued: a plain task would run on this very thread as its next, before the ticket goes out.
        launch.Making = Task.Factory.StartNew(
            () => Provisioning.Make(key, blueprint, init), CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default).Unwrap();
        launch.Making.PipeTo(Self, Self, p => new Provisioned(launch, p), e => new StepFailed(launch, e));
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
            case Provisioned m when m.Launch == _launch && _undoing is null: OnProvisioned(m.Provisioning); return true;
            case DriverKnown m: OnDriverKnown(m); return true;
            case Provisioned m:
                // The creation was given up meanwhile.
                m.Provisioning.Dispose();
                return true;
            case InitLaunched m when FromCreator && _undoing is null && _pidfd is null: OnLaunched(m); return true;
            case InitLaunched m:
                if (FromCreator) Sys.SignalProcess(m.Pidfd, 9);
                m.Dispose();
                return true;
            case LaunchFailed m:
                if (FromCreator) GiveUp(m.Reason);
                return true;
            case CallerGone:
                // Many come and go with this container's name; only its creator's end counts.
                if (FromCreator) GiveUp("the caller ended while the container was being created");
                OnCallerGone();
                return true;
            case IdsMapped m: OnIdsMapped(m.Launch); return true;
            case StepFailed m:
                if (m.Launch == _launch) GiveUp(m.Cause.Message);
                return true;
            case CreationTimedOut: GiveUp("the container was not ready in time"); return true;
            case Abandon m: GiveUp(m.Reason); return true;
            case InitSaid m: OnInitFrame(m.Channel, m.Frame); return true;
            case InitSilent m: OnInitSilent(m); return true;
            case Undone m: OnUndone(m); return true;
            default: return false;
        }
    }

    private bool FromCreator => _launch is { } launch && Sender.Equals(launch.Caller);

    private void OnProvisioned(Provisioning provisioning)
    {
        _launch!.Provisioning = provisioning;
        if (_launch.Restoring)
        {
            OrderRestore(_launch);
            return;
        }

        if (_launch.Blueprint.CloneIntoCgroup) SendTicket(provisioning.Entry.V2Directory is { } v2 ? Sys.Duplicate(v2) : null);
        // A cgroup is entered before the id maps are written: who moves a process wants to be its user.
        if (_launch.Blueprint.Driver.NeedsInit) Admit(_launch);
        else SendPlan();
    }

    /// <summary>Init's frames become messages; one is read at a time, in order.</summary>
    private void Listen(Channel channel)
    {
        var self = Self;
        _channelWatch?.Dispose();
        _channelWatch = _services.Reactor.Watch(channel.Socket, ReactorEvents.Readable, _ =>
        {
            if (Hear(channel) is { } heard) self.Tell(heard);
        });
    }

    /// <summary>Null when nothing was said. Runs on the reactor's thread too, which must not end by what init says.</summary>
    private static object? Hear(Channel channel)
    {
        try
        {
            var frame = channel.TryReceive(out var ended);
            return frame is not null ? new InitSaid(channel, frame) : ended ? new InitSilent(channel, null) : null;
        }
        catch (Exception e) when (e is InvalidDataException or SyscallException)
        {
            return new InitSilent(channel, e.Message);
        }
    }

    /// <summary>The channel that init still speaks on.</summary>
    private Channel? InitsChannel => _launch?.Channel ?? (_start is { Executed: false } start ? start.Channel : null);

    /// <summary>Init has ended: puts what it said before, and its silence, in front of everything later. False when that was done already.</summary>
    private bool HearOut()
    {
        if (InitsChannel is not { } channel || channel == _heardOut) return false;
        _heardOut = channel;
        // From here on the watch tells nothing more.
        _channelWatch?.Dispose();
        object? heard;
        do
        {
            heard = Hear(channel) ?? new InitSilent(channel, null);
            Self.Tell(heard);
        } while (heard is InitSaid);
        return true;
    }

    private IDisposable? _channelWatch;
    private Channel? _heardOut;

    private void OnInitFrame(Channel channel, Frame frame)
    {
        using (frame)
        {
            if (channel != InitsChannel) return;
            switch (frame.Kind)
            {
                case FrameKind.RootfsReady when _launch is not null:
                    Timers.Cancel(CreationTimedOut.Instance);
                    RunHooks([(HookKind.Prestart, Hooks?.Prestart), (HookKind.CreateRuntime, Hooks?.CreateRuntime)], "creating", () =>
                    {
                        LimitCreation();
                        channel.Send(FrameKind.Continue);
                    }, GiveUp);
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
                case FrameKind.Ready when _launch is { } launch:
                    if (RefuseMappings(launch) is { } refusal) GiveUp(refusal);
                    else OnReady();
                    break;
                case FrameKind.Executing when _start is not null:
                    _start.Executing = true;
                    break;
                case FrameKind.SeccompListener when _start is not null:
                    SendListener(channel, frame.Reader().Int());
                    break;
                case FrameKind.Warning:
                    Warn(frame.Reader().String());
                    break;
                case FrameKind.Failed:
                    OnInitFailed(frame.Reader().String());
                    return;
            }

            if (channel == InitsChannel && channel != _heardOut) Listen(channel);
        }
    }

    /// <summary>Init has joined its namespaces by now; before, they were not to be seen.</summary>
    private string? RefuseMappings(Launch launch)
    {
        try
        {
            launch.Blueprint.CheckJoinedMappings(_state.Pid);
            return null;
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            return e.Message;
        }
    }

    private void OnInitFailed(string reason)
    {
        // In runc's words, which Podman and scripts look for.
        if (_launch is not null && _state.Status == ContainerStatus.Creating) GiveUp("unable to start container process: error during container init: " + reason);
        else OnStartFailed(reason);
    }

    private void OnInitSilent(InitSilent silent)
    {
        if (silent.Channel != InitsChannel) return;
        if (_launch is null) OnStartChannelEnded();
        else GiveUp(silent.Reason ?? "init ended before the container was ready" + OutOfMemoryHint());
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
        Dismiss(_console);
        _console = Child(ConsoleRelay.Props(master, Sys.Duplicate(terminalIn), Sys.Duplicate(terminalOut), _services.Reactor), "console");
    }

    private void OnReady() => Record(new ContainerCreated { At = Now }, () =>
    {
        var launch = _launch!;
        _launch = null;
        Timers.Cancel(CreationTimedOut.Instance);
        foreach (var warning in launch.Blueprint.Warnings) Warn(warning);
        launch.Command.Dispose();
        // Namespaces that are kept open are kept alive.
        launch.Blueprint.Dispose();
        if (launch.Command.Options.StartNow)
        {
            _start = new Starting(launch.Command.Operation, launch.Caller, launch.Channel!) { DeleteOnFailure = true, DeleteAtExit = launch.Command.Options.DeleteAtExit };
            launch.Channel!.Send(FrameKind.Start);
        }
        else
        {
            // From here on init outlives us: it waits at its own socket.
            launch.Channel!.Send(FrameKind.Continue);
            _channelWatch?.Dispose();
            launch.Channel.Dispose();
            launch.Caller.Tell(new Answer(null, "", _state.Pid) { Warnings = TakeWarnings() });
        }
    });

    /// <summary>A creation in progress.</summary>
    private sealed class Launch(CreateContainer command, Blueprint blueprint, IActorRef caller)
    {
        public CreateContainer Command { get; } = command;
        public Blueprint Blueprint { get; } = blueprint;
        public IActorRef Caller { get; } = caller;
        public Channel? Channel { get; set; }
        /// <summary>It is made by CRIU, not by init.</summary>
        public bool Restoring => Command.RestoredFrom is not null;
        /// <summary>Has to end before anything is undone.</summary>
        public Task<Provisioning>? Making { get; set; }
        public Provisioning? Provisioning { get; set; }
        public bool Spawned { get; set; }
        public bool PlanSent { get; set; }
        public IReadOnlyList<FdHandle> UserNamespaces { get; set; } = [];

        public void DropUserNamespaces()
        {
            foreach (var handle in UserNamespaces) handle.Dispose();
            UserNamespaces = [];
        }
    }

    private sealed record InitSaid(Channel Channel, Frame Frame);

    /// <summary>Init's end of the channel is closed, or (Reason) it said what cannot be read.</summary>
    private sealed record InitSilent(Channel Channel, string? Reason);

    private sealed record Provisioned(Launch Launch, Provisioning Provisioning);

    private sealed record IdsMapped(Launch Launch);

    private sealed record StepFailed(Launch Launch, Exception Cause);
}
