using Akka.Actor;
using Akka.Event;
using Anocir.Actors.Execs;
using Anocir.Platform;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>Further processes in the container: each has a session of its own, by its caller.</summary>
public sealed partial class ContainerActor
{
    /// <summary>Execs whose events are stored. A container that is probed every second for a year has no bound of its own.</summary>
    private const int StoredExecs = 1000;

    private const int MaxStoredArgument = 256;

    private readonly Dictionary<IActorRef, IActorRef> _execs = [];
    private ExecTemplate? _template;
    private int _execNumber;

    /// <summary>After a restart, from what was stored.</summary>
    private void Remember(ContainerCreating creating)
    {
        try
        {
            _template = ExecTemplate.From(creating.Config, _services);
        }
        catch (ContainerException e)
        {
            // It was read once: only an event that somebody else wrote comes here.
            _log.Warning("Container {ContainerId}: its stored configuration cannot be read: {Reason}", _key.Id, e.Message);
        }
    }

    private void Exec(ExecProcess command)
    {
        ExecOrder order;
        try
        {
            if (Refuse(command.Options) is { } refusal) throw new ContainerException(refusal);
            order = OrderOf(command);
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            command.Dispose();
            Sender.Tell(new Answer(e.Message));
            return;
        }

        _execs[Sender] = Child(ExecSession.Props(order, _services), "exec");
    }

    private string? Refuse(ExecOptions options) => _state.Status switch
    {
        ContainerStatus.None or ContainerStatus.Gone => "container does not exist",
        ContainerStatus.Creating => "cannot exec in a container that is being created",
        ContainerStatus.Paused when !options.IgnorePaused => "cannot exec in a paused container (use --ignore-paused to override)",
        _ when !_state.HasProcess || _pidfd is null => "cannot exec in a stopped container",
        _ when _template is null => "the container's configuration could not be read again",
        _ => null,
    };

    private ExecOrder OrderOf(ExecProcess command)
    {
        var plan = _template!.Plan(_key.Id, command.Options, command.Document, _services);
        var (cgroup, below, pid) = (_services.OpenCgroup(_state), command.Options.Cgroups, _state.Pid);
        return new ExecOrder
        {
            Number = _execNumber = Math.Max(_execNumber, _state.Execs) + 1,
            Caller = Sender,
            Plan = plan,
            Init = Sys.Duplicate(_pidfd!),
            Namespaces = _state.Restored ? _template.Namespaces | NamespaceTypes.Time : _template.Namespaces,
            OpenEntry = () => cgroup.OpenEntry(below, () => CgroupMembership.Of(pid)),
            Agent = _template.Agent,
            State = _template.Agent is null ? null : Snapshot().ToState(_state.StatusName, _state.Pid),
            Resctrl = _template.Resctrl(_key.Id),
            ConsoleSocket = command.ConsoleSocket,
            TerminalIn = command.TerminalIn,
            TerminalOut = command.TerminalOut,
        };
    }

    /// <summary>Whether it comes from the caller of an exec, whose session it then goes to.</summary>
    private bool ForExec(object message)
    {
        if (message is not ContainerCommand || !_execs.TryGetValue(Sender, out var session)) return false;
        if (message is CallerGone) _execs.Remove(Sender);
        session.Forward(message);
        return true;
    }

    private bool OnExecMessage(object message)
    {
        switch (message)
        {
            case ExecSession.Began m:
                RecordExec(m.Number, new ExecStarted { At = Now, Number = m.Number, Pid = m.Pid, StartTime = m.StartTime, Args = [.. m.Args.Select(Shorten)] }, () => m.Caller.Tell(new Answer(null, "", m.Pid) { Warnings = m.Warnings }));
                return true;
            case ExecSession.Finished m:
                RecordExec(m.Number, new ExecExited { At = Now, Number = m.Number, WaitStatus = m.WaitStatus });
                return true;
            default:
                return false;
        }
    }

    private void RecordExec(int number, ContainerEvent happened, Action? then = null)
    {
        // A container that is gone has no history to add to.
        if (number <= StoredExecs && _state.Status is not (ContainerStatus.None or ContainerStatus.Gone))
        {
            Record(happened, then);
            return;
        }

        Context.System.EventStream.Publish(new ContainerHappened(_key, happened));
        then?.Invoke();
    }

    /// <summary>A session that ended by itself has answered its caller, unless it fell.</summary>
    private void OnExecEnded(IActorRef session)
    {
        foreach (var (caller, _) in _execs.Where(e => e.Value.Equals(session)).ToList())
        {
            _execs.Remove(caller);
            caller.Tell(new Answer("the exec's actor has ended; the supervisor's log says why"));
        }
    }

    private static string Shorten(string argument) => argument.Length <= MaxStoredArgument ? argument : argument[..MaxStoredArgument] + "…";
}
