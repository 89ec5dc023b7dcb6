using Akka.Actor;
using Anocir.Actors.Hooks;
using Anocir.Platform.Oci;

namespace Anocir.Actors.Containers;

/// <summary>Hooks in the runtime's namespaces: list after list, each run stored, then on with what they belong to.</summary>
public sealed partial class ContainerActor
{
    private HookRun? _hooks;

    private Platform.Oci.Hooks? Hooks => _state.Creation?.Hooks;

    /// <summary>Runs lists of hooks one after the other. One run at a time: an earlier one, which is overtaken by the container's end, fails.</summary>
    private void RunHooks((HookKind Kind, IReadOnlyList<Hook>? Hooks)[] lists, string status, Action then, Action<string> failed)
    {
        var overtaken = _hooks;
        StopHooks();
        overtaken?.Failed("the container was deleted while its hooks ran");
        _hooks = new HookRun(new Queue<(HookKind, IReadOnlyList<Hook>)>(lists.Where(l => l.Hooks is { Count: > 0 }).Select(l => (l.Kind, l.Hooks!))), status, then, failed);
        RunNextHooks();
    }

    private void RunNextHooks()
    {
        var run = _hooks!;
        if (!run.Lists.TryDequeue(out var next))
        {
            _hooks = null;
            run.Then();
            return;
        }

        run.Runner = Child(HookRunner.Props(_services.Reactor, _services.Settings.Hooks), "hooks");
        var pid = run.Status == "stopped" ? 0 : _state.Pid;
        run.Runner.Tell(new RunHooks(next.Kind, next.Hooks, Snapshot().ToHookJson(run.Status, pid), _state.Creation!.Bundle));
    }

    private void OnHooksFinished(HooksFinished finished)
    {
        if (_hooks is not { } run || !Sender.Equals(run.Runner)) return;
        Dismiss(run.Runner);
        run.Runner = null;
        for (var i = 0; i < finished.Results.Count; i++) Record(finished.Results[i].ToEvent(), i == finished.Results.Count - 1 ? GoOn : null);
        if (finished.Results.Count == 0) GoOn();

        void GoOn()
        {
            if (_hooks != run) return;
            if (finished.Failure is not null && finished.Kind != HookKind.Poststop) FailHooks(finished.Failure);
            else RunNextHooks();
        }
    }

    private void OnHooksFell() => FailHooks("running the hooks failed; the supervisor's log says why");

    private void FailHooks(string reason)
    {
        var run = _hooks!;
        _hooks = null;
        run.Failed(reason);
    }

    /// <summary>Stopping the runner kills the hook.</summary>
    private void StopHooks()
    {
        Dismiss(_hooks?.Runner);
        _hooks = null;
    }

    /// <summary>Lists of hooks that run, and what comes after.</summary>
    private sealed class HookRun(Queue<(HookKind Kind, IReadOnlyList<Hook> Hooks)> lists, string status, Action then, Action<string> failed)
    {
        public Queue<(HookKind Kind, IReadOnlyList<Hook> Hooks)> Lists { get; } = lists;
        /// <summary>What the hooks are told of the container.</summary>
        public string Status { get; } = status;
        public Action Then { get; } = then;
        public Action<string> Failed { get; } = failed;
        public IActorRef? Runner { get; set; }
    }
}
