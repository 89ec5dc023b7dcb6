using System.Text.Json;
using Akka.Actor;
using Anocir.Actors.Containers;
using Anocir.Platform.Ipc;
using Microsoft.Data.Sqlite;
using Xunit;
using PlatformSys = Anocir.Platform.Syscalls.Sys;

namespace Anocir.Actors.Tests.Containers;

public sealed class ContainersActorTests : ContainerTestKit
{
    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    public async Task Bad_id_is_refused(string id)
    {
        Assert.StartsWith("invalid container ID format", (await AskAsync(id, NewCreation())).Error, StringComparison.Ordinal);
        Assert.Equal("container does not exist", await StatusAsync(id));
    }

    [Fact]
    public async Task Taken_id_is_refused_and_its_container_goes_on()
    {
        var init = await CreatedAsync("c");
        var terminal = PlatformSys.Open("/dev/null", PlatformSys.ORdWr);
        Assert.Equal("container with given ID already exists", (await AskAsync("c", NewCreation() with { TerminalIn = terminal })).Error);
        Assert.True(terminal.IsClosed);
        Assert.Equal("created", await StatusAsync("c"));
        Assert.False(init.HasEnded);
    }

    [Fact]
    public async Task Same_id_in_another_root_is_another_container()
    {
        await CreatedAsync("c");
        var key = new ContainerKey(Sandbox.Root + "2", "c");
        var caller = CreateTestProbe();
        Containers.Tell(new ForContainer(key, NewCreation()), caller.Ref);
        (await caller.ExpectMsgAsync<LaunchOrder>()).Dispose();
        Containers.Tell(new ForContainer(key, new CallerGone()), caller.Ref);
        Assert.NotNull((await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.Equal("created", await StatusAsync("c"));
    }

    [Fact]
    public async Task Unknown_container_does_not_exist()
    {
        foreach (var command in (ContainerCommand[])[new QueryState(), new StartContainer("o"), new KillContainer(NewOperation(), "TERM", false), new DeleteContainer("o", false), new PauseContainer(), new ResumeContainer(), new ListProcesses("json", [])])
            Assert.Equal("container does not exist", (await AskAsync("c", command)).Error);
        Assert.Null((await AskAsync("c", new DeleteContainer("o", Force: true))).Error);
        Assert.Null((await AskAsync("c", new DrainConsole())).Error);
        Assert.Equal("container does not exist", (await Containers.Ask<Answer>(new ReadHistory(Sandbox.Key("c")), TimeSpan.FromSeconds(20))).Error);
        var caller = Send("c", new CallerGone());
        Send("c", new ForwardSignal(15), caller);
        Send("c", new ResizeConsole(24, 80), caller);
        var pidfd = PlatformSys.TryOpenProcess(Environment.ProcessId, out _)!;
        Send("c", new InitLaunched(1, pidfd), caller);
        Send("c", new QueryState(), caller);
        await caller.ExpectMsgAsync<Answer>();
        await caller.ExpectNoMsgAsync(TimeSpan.Zero);
        Assert.True(pidfd.IsClosed);
    }

    [Fact]
    public async Task Name_that_a_request_gives_itself_is_no_path()
    {
        await CreatedAsync("c", operation: "../../../user/other actor\0");
        Assert.Equal("created", await StatusAsync("c"));
    }

    [Fact]
    public async Task List_has_the_containers_of_its_root_by_name()
    {
        var b = await CreatedAsync("b");
        await RunningAsync("a");
        Assert.Equal("a\nb\n", (await ListAsync("table", quiet: true)).Output);
        using var json = JsonDocument.Parse((await ListAsync("json", quiet: false)).Output);
        Assert.Equal(["a running", "b created"], json.RootElement.EnumerateArray().Select(e => $"{e.GetProperty("id").GetString()} {e.GetProperty("status").GetString()}"));
        Assert.Equal(b.Pid, json.RootElement[1].GetProperty("pid").GetInt32());
        var table = (await ListAsync("table", quiet: false)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["ID", "a", "b"], table.Select(line => line.Split(' ')[0]));
        var other = await Containers.Ask<Answer>(new ListContainers(Sandbox.Root + "2", "json", Quiet: false), TimeSpan.FromSeconds(20));
        Assert.DoesNotContain("\"id\"", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_that_is_refused_or_gone_is_not_listed()
    {
        await AskAsync("bad", NewCreation(config: "{"u8.ToArray()));
        await CreatedAsync("gone");
        await AskAsync("gone", new DeleteContainer(NewOperation(), Force: true));
        Assert.Equal("", (await ListAsync("table", quiet: true)).Output);
    }

    [Fact]
    public async Task History_outlives_the_container_and_the_supervisor()
    {
        await RunningAsync("c");
        await AskAsync("c", new DeleteContainer(NewOperation(), Force: true));
        string[] expected = ["creating", "spawned", "created", "started", "exited", "deleting", "deleted"];
        Assert.Equal(expected, await HistoryAsync("c"));
        await RestartAsync();
        Assert.Equal(expected, await HistoryAsync("c"));
        await CreatedAsync("c");
        Assert.Equal(["creating", "spawned", "created"], await HistoryAsync("c"));
    }

    [Fact]
    public async Task Histories_beyond_the_count_are_erased()
    {
        Services = Services with { Settings = Services.Settings with { History = Services.Settings.History with { MaxContainers = 2 } } };
        for (var i = 0; i < 4; i++)
        {
            await CreatedAsync($"c{i}");
            await AskAsync($"c{i}", new DeleteContainer(NewOperation(), Force: true));
        }

        await AwaitAssertAsync(async () =>
        {
            Assert.Equal("2", Query("SELECT count(DISTINCT persistence_id) FROM event WHERE persistence_id LIKE 'container-%'"));
            Assert.Equal("container does not exist", (await Containers.Ask<Answer>(new ReadHistory(Sandbox.Key("c1")), TimeSpan.FromSeconds(20))).Error);
        }, TimeSpan.FromSeconds(20));
        Assert.Equal("deleted", (await HistoryAsync("c2"))[^1]);
        Assert.Equal("deleted", (await HistoryAsync("c3"))[^1]);
    }

    [Fact]
    public async Task Histories_beyond_the_age_are_erased_at_the_next_start()
    {
        await CreatedAsync("c");
        await AskAsync("c", new DeleteContainer(NewOperation(), Force: true));
        Assert.Equal("deleted", (await HistoryAsync("c"))[^1]);
        Services = Services with { Clock = new LaterClock(Services.Settings.History.MaxAge + TimeSpan.FromHours(1)) };
        await RestartAsync();
        await AwaitAssertAsync(() =>
        {
            Assert.Equal("0", Query("SELECT count(*) FROM event WHERE persistence_id LIKE 'container-%'"));
            return Task.CompletedTask;
        }, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Directory_is_written_anew_now_and_then_and_forgets_nothing()
    {
        await CreatedAsync("kept");
        await CreatedAsync("gone");
        await AskAsync("gone", new DeleteContainer(NewOperation(), Force: true));
        var caller = CreateTestProbe();
        // Each refused creation is two events of the directory.
        for (var i = 0; i < ContainersActor.CompactionInterval / 2; i++)
        {
            Send("refused", NewCreation(config: "{"u8.ToArray()), caller);
            await caller.ExpectMsgAsync<Answer>();
        }

        await AwaitAssertAsync(() =>
        {
            Assert.InRange(int.Parse(Query("SELECT count(*) FROM event WHERE persistence_id = 'containers'"), null), 1, 10);
            return Task.CompletedTask;
        }, TimeSpan.FromSeconds(20));
        await RestartAsync();
        Assert.Equal("created", await StatusAsync("kept"));
        Assert.Equal("deleted", (await HistoryAsync("gone"))[^1]);
    }

    [Fact]
    public async Task Container_whose_events_cannot_be_read_is_alone_with_it()
    {
        await CreatedAsync("good");
        await CreatedAsync("bad");
        var bad = Query("SELECT persistence_id FROM event WHERE persistence_id LIKE 'container-%' AND json_extract(payload, '$.id') = 'bad'");
        Assert.True(await Containers.GracefulStop(TimeSpan.FromSeconds(20)));
        Query($"UPDATE event SET manifest = 'nobody.9' WHERE persistence_id = '{bad}' AND sequence_nr = 2");
        await RestartAsync();
        Assert.Equal("created", await StatusAsync("good"));
        await AwaitAssertAsync(async () => Assert.Equal("container bad: its actor has ended; the supervisor's log says why", await StatusAsync("bad")), TimeSpan.FromSeconds(20));
        Assert.NotNull((await AskAsync("bad", new DeleteContainer(NewOperation(), Force: true))).Error);
        Assert.Equal("container with given ID already exists", (await AskAsync("bad", NewCreation())).Error);
        Assert.Equal("good\n", (await ListAsync("table", quiet: true)).Output);
        Assert.StartsWith("read the history: ", (await Containers.Ask<Answer>(new ReadHistory(Sandbox.Key("bad")), TimeSpan.FromSeconds(20))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caller_who_comes_while_a_container_is_replayed_hears_that_its_events_cannot_be_read()
    {
        await CreatedAsync("bad");
        Assert.True(await Containers.GracefulStop(TimeSpan.FromSeconds(20)));
        Query("UPDATE event SET manifest = 'nobody.9' WHERE persistence_id LIKE 'container-%' AND sequence_nr = 2");
        await RestartAsync();
        // The directory itself is replayed first: these are in its hands before the container's actor can have failed.
        var callers = Enumerable.Range(0, 3).Select(_ => Send("bad", new QueryState())).ToList();
        foreach (var caller in callers) Assert.Equal("container bad: its actor has ended; the supervisor's log says why", (await caller.ExpectMsgAsync<Answer>()).Error);
    }

    [Fact]
    public async Task Callers_who_come_while_a_container_is_replayed_are_answered_as_many_as_may_wait()
    {
        Services = Services with { Settings = Services.Settings with { Lifecycle = Services.Settings.Lifecycle with { StashCapacity = 1 } } };
        await CreatedAsync("c");
        await RestartAsync();
        var callers = Enumerable.Range(0, 200).Select(_ => Send("c", new QueryState())).ToList();
        var errors = new List<string?>();
        foreach (var caller in callers) errors.Add((await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.Null(errors[0]);
        Assert.Equal(["container c: too many requests wait for it"], errors.OfType<string>().Distinct());
    }

    [Theory]
    [InlineData(0u, "root")]
    [InlineData(1u, "daemon")]
    [InlineData(4000000u, "#4000000")]
    public async Task Owner_is_listed_by_name_or_by_number_where_there_is_none(uint uid, string name)
    {
        var caller = Send("c", NewCreation() with { OwnerUid = uid });
        (await LaunchAsync("c", caller)).Say(FrameKind.Ready);
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
        using var json = JsonDocument.Parse((await ListAsync("json", quiet: false)).Output);
        Assert.Equal(name, json.RootElement[0].GetProperty("owner").GetString());
    }

    [Fact]
    public async Task Actor_that_fails_again_and_again_leaves_the_directory_at_work()
    {
        for (var i = 0; i < 5; i++)
        {
            var caller = Send($"c{i}", NewCreation());
            var init = await LaunchAsync($"c{i}", caller);
            init.Say(FrameKind.HookReport);
            Assert.NotNull((await caller.ExpectMsgAsync<Answer>()).Error);
        }

        await CreatedAsync("c");
    }

    private async Task<Answer> ListAsync(string format, bool quiet) =>
        await Containers.Ask<Answer>(new ListContainers(Sandbox.Root, format, quiet), TimeSpan.FromSeconds(20));

    private string Query(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Sandbox.JournalPath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) ?? "";
    }

    private sealed class LaterClock(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + later;
    }
}
