using Akka.Actor;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Hooks;

/// <summary>Runs the hooks of one container that belong to the runtime's namespaces: idle, running one list, idle again.</summary>
/// <remarks>A request that arrives during another is answered after it. Stopping the actor kills the hook that runs.</remarks>
public sealed class HookRunner : UntypedActor, IWithStash, IDisposable
{
    private sealed record HookEnded(long Operation, HookResult Result);

    private sealed record HookCrashed(long Operation, Exception Cause);

    private readonly IReactor _reactor;
    private readonly HookLimits _limits;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<HookResult> _results = [];
    private long _operation;
    private RunHooks? _request;
    private IActorRef _requester = ActorRefs.Nobody;

    public HookRunner(IReactor reactor, HookLimits limits)
    {
        _reactor = reactor;
        _limits = limits;
    }

    public IStash Stash { get; set; } = null!;

    public static Props Props(IReactor reactor, HookLimits limits) => Akka.Actor.Props.Create<HookRunner>(reactor, limits);

    /// <summary>Akka disposes of an actor after it has stopped.</summary>
    public void Dispose() => _stopping.Dispose();

    protected override void PostStop() => _stopping.Cancel();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RunHooks request:
                _request = request;
                _requester = Sender;
                _results.Clear();
                Become(Running);
                RunNext();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Running(object message)
    {
        switch (message)
        {
            case HookEnded ended when ended.Operation == _operation:
                _results.Add(ended.Result);
                if (ended.Result.Failure is not null && _request!.Kind.StopsAtFirstFailure()) Finish(ended.Result.Describe());
                else RunNext();
                break;
            case HookCrashed crashed when crashed.Operation == _operation:
                throw new InvalidOperationException($"running {_request!.Kind.Name()} hook #{_results.Count}", crashed.Cause);
            case RunHooks:
                Stash.Stash();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void RunNext()
    {
        var request = _request!;
        if (_results.Count == request.Hooks.Count)
        {
            Finish(null);
            return;
        }

        var (operation, index) = (++_operation, _results.Count);
        var (limits, reactor, cancellation) = (_limits, _reactor, _stopping.Token);
        // Off the dispatcher: starting a program waits for the filesystem it is on.
        Task.Run(() => HookExecution.RunAsync(request, index, limits, reactor, cancellation), CancellationToken.None)
            .PipeTo(Self, success: result => new HookEnded(operation, result), failure: cause => new HookCrashed(operation, cause));
    }

    private void Finish(string? failure)
    {
        _requester.Tell(new HooksFinished(_request!.Kind, [.. _results], failure));
        _request = null;
        Become(OnReceive);
        Stash.Unstash();
    }
}
