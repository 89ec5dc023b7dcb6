using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Anocir.Actors.Containers;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Xunit;
using OciHooks = Anocir.Platform.Oci.Hooks;

namespace Anocir.Actors.Tests.Containers;

/// <summary>The directory of containers on a real journal, and the callers that a command line would be.</summary>
public abstract class ContainerTestKit : TestKit
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly List<FakeInit> _inits = [];
    private int _stored;

    private protected ContainerTestKit() : this(new Sandbox())
    {
    }

    private ContainerTestKit(Sandbox sandbox) : base(sandbox.Configuration)
    {
        Sandbox = sandbox;
        Services = sandbox.Services;
        Happened = CreateTestProbe();
        Sys.EventStream.Subscribe(Happened.Ref, typeof(ContainerHappened));
    }

    private protected Sandbox Sandbox { get; }

    private protected ContainerServices Services { get; set; }

    private protected TestProbe Happened { get; }

    /// <summary>The config.json of <see cref="StoreLifeAsync"/>.</summary>
    private protected string StoredConfig { get; set; } = "{}";

    /// <summary>Started when first needed.</summary>
    private protected IActorRef Containers
    {
        get => field ??= Sys.ActorOf(ContainersActor.Props(Services), "containers");
        private set;
    }

    /// <summary>As a supervisor that is killed and started again.</summary>
    private protected async Task RestartAsync()
    {
        Assert.True(await Containers.GracefulStop(TimeSpan.FromSeconds(20)));
        Containers = Sys.ActorOf(ContainersActor.Props(Services), "containers");
    }

    private protected static string NewOperation() => Guid.NewGuid().ToString("n");

    private protected async Task<Answer> AskAsync(string id, ContainerCommand command) =>
        await Containers.Ask<Answer>(new ForContainer(Sandbox.Key(id), command), TimeSpan.FromSeconds(20));

    private protected async Task<string> StatusAsync(string id)
    {
        var answer = await AskAsync(id, new QueryState());
        return answer.Error ?? System.Text.Json.JsonDocument.Parse(answer.Output).RootElement.GetProperty("status").GetString()!;
    }

    private protected TestProbe Send(string id, ContainerCommand command, TestProbe? caller = null)
    {
        caller ??= CreateTestProbe();
        Containers.Tell(new ForContainer(Sandbox.Key(id), command), caller.Ref);
        return caller;
    }

    private protected CreateContainer NewCreation(OciHooks? hooks = null, string? operation = null, bool startNow = false, byte[]? config = null) => new(
        operation ?? NewOperation(), new CreateOptions { Bundle = Sandbox.Bundle, StartNow = startNow }, config ?? Sandbox.ConfigJson(hooks), 0, Environment.ProcessId, null, null, null);

    private protected FakeInit NewInit(Channel channel, bool sealedExecutable = true)
    {
        var init = new FakeInit(Sandbox.Reactor, channel, sealedExecutable);
        _inits.Add(init);
        return init;
    }

    /// <summary>What the command line does with a launch: clones, and tells of it.</summary>
    private protected async Task<FakeInit> LaunchAsync(string id, TestProbe caller)
    {
        var order = await caller.ExpectMsgAsync<LaunchOrder>();
        foreach (var descriptor in order.Descriptors.Skip(1)) descriptor.Dispose();
        var init = NewInit(new Channel(order.Descriptors[0]));
        Send(id, new InitLaunched(init.Pid, init.Pidfd()), caller);
        await init.TakePlanAsync();
        return init;
    }

    /// <summary>A container in the state created.</summary>
    private protected async Task<FakeInit> CreatedAsync(string id, OciHooks? hooks = null, string? operation = null)
    {
        var caller = Send(id, NewCreation(hooks, operation));
        var init = await LaunchAsync(id, caller);
        init.Say(FrameKind.Ready);
        await init.OutliveAsync();
        Assert.Equal(new Answer(null, "", init.Pid), await caller.ExpectMsgAsync<Answer>());
        return init;
    }

    /// <summary>A container in the state running.</summary>
    private protected async Task<FakeInit> RunningAsync(string id, OciHooks? hooks = null)
    {
        var init = await CreatedAsync(id, hooks);
        var caller = Send(id, new StartContainer(NewOperation()));
        await init.TakeStartAsync();
        init.Execute();
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
        return init;
    }

    /// <summary>Skips to the next event of this kind.</summary>
    private protected async Task<T> HappenedAsync<T>() where T : ContainerEvent
    {
        _ = Containers;
        return (T)(await Happened.FishForMessageAsync<ContainerHappened>(h => h.Event is T, TimeSpan.FromSeconds(20))).Event;
    }

    private protected async Task AssertNothingLeftAsync(string id)
    {
        Assert.Equal("container does not exist", await StatusAsync(id));
        Assert.False(Directory.Exists(Sandbox.Key(id).Directory));
    }

    /// <summary>Kinds of the events that are stored of the newest container of this name.</summary>
    private protected async Task<string[]> HistoryAsync(string id)
    {
        var answer = await Containers.Ask<Answer>(new ReadHistory(Sandbox.Key(id)), TimeSpan.FromSeconds(20));
        Assert.Null(answer.Error);
        return [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[45..].Split(' ')[0])];
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        foreach (var init in _inits) init.Dispose();
        Sandbox.Dispose();
    }

    /// <summary>Stores events as an earlier supervisor would have.</summary>
    private protected async Task StoreAsync(string persistenceId, params object[] events)
    {
        var writer = Sys.ActorOf(Props.Create<EventWriter>(persistenceId));
        Assert.Equal(events.Length, await writer.Ask<int>(events, TimeSpan.FromSeconds(20)));
        Assert.True(await writer.GracefulStop(TimeSpan.FromSeconds(20)));
    }

    /// <summary>A container as an earlier supervisor would have left it: created, and what came after.</summary>
    private protected async Task StoreLifeAsync(string id, int pid, long startTime, string bootId = "this boot", params ContainerEvent[] more)
    {
        var persistenceId = $"container-{++_stored}";
        await StoreAsync("containers", new IncarnationOpened { At = At, Root = Sandbox.Root, Id = id, PersistenceId = persistenceId, Operation = "o" });
        object[] events =
        [
            new ContainerCreating
            {
                At = At,
                Root = Sandbox.Root,
                Id = id,
                Operation = "o",
                Bundle = Sandbox.Bundle,
                Rootfs = Sandbox.Bundle + "/rootfs",
                Config = StoredConfig,
                CgroupDirectories = [],
                CgroupDirectoriesToRemove = [],
                BootId = bootId,
                OwnerUid = 0,
                HasProcess = true,
                OwnPidNamespace = true,
                Hooks = new OciHooks(),
            },
            new InitSpawned { At = At, Pid = pid, StartTime = startTime },
            new ContainerCreated { At = At },
            .. more,
        ];
        await StoreAsync(persistenceId, events);
    }
}
