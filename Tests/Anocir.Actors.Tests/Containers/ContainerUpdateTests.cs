using System.Text;
using System.Text.Json.Nodes;
using Akka.Actor;
using Anocir.Actors.Containers;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Ipc;
using Anocir.Platform.Resctrl;
using Xunit;

namespace Anocir.Actors.Tests.Containers;

/// <summary>Updates of a container whose cgroup is a folder of plain files with one controller, pids.</summary>
public sealed class ContainerUpdateTests : ContainerTestKit
{
    private readonly DirectoryInfo _host = Files.NewDirectory();

    public ContainerUpdateTests()
    {
        Put("proc/self/mountinfo", "32 23 0:29 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n");
        Put("proc/self/cgroup", "2:pids:/\n");
        foreach (var (file, text) in new[] { ("tasks", ""), ("cgroup.procs", ""), ("pids.max", "max"), ("pids.current", "3") }) Put($"sys/fs/cgroup/pids/c/{file}", text);
        Services = Sandbox.Services with { Cgroups = CgroupHost.Detect(_host.FullName) };
    }

    private string Limit => File.ReadAllText(Path.Combine(_host.FullName, "sys/fs/cgroup/pids/c/pids.max"));

    [Fact]
    public async Task Update_is_written_stored_and_shown()
    {
        await RunningAsync();
        Assert.Equal("222", Limit);
        Assert.Null((await UpdateAsync("""{"pids":{"limit":333}}""")).Error);
        Assert.Equal("333", Limit);
        var stored = await HappenedAsync<ContainerUpdated>();
        Assert.Equal(333, stored.Change.Pids!.Limit);
        Assert.Equal(333, stored.Resources.Pids!.Limit);
        Assert.Equal(["creating", "spawned", "created", "started", "updated"], await HistoryAsync("c"));
        await AwaitAssertAsync(() => Assert.Equal(333, PidsInStateFile()));
        var state = JsonNode.Parse((await AskAsync("c", new QueryState())).Output)!.AsObject();
        Assert.False(state.ContainsKey("resources"));
    }

    [Fact]
    public async Task Update_after_a_restart_starts_from_what_was_stored()
    {
        await RunningAsync("""{"pids":{"limit":222},"devices":[{"allow":false,"access":"rwm"}]}""");
        Assert.Null((await UpdateAsync("""{"pids":{"limit":333}}""")).Error);
        await RestartAsync();
        Assert.Null((await UpdateAsync("""{"pids":{"limit":444}}""")).Error);
        await HappenedAsync<ContainerUpdated>();
        var second = await HappenedAsync<ContainerUpdated>();
        Assert.Equal(444, second.Resources.Pids!.Limit);
        Assert.Equal("rwm", Assert.Single(second.Resources.Devices!).Access);
        Assert.Equal(2, (await HistoryAsync("c")).Count(kind => kind == "updated"));
    }

    [Fact]
    public async Task Update_that_is_refused_by_the_host_is_taken_back_and_not_stored()
    {
        await RunningAsync();
        Assert.Equal("cannot set blkio limit: container could not join or create cgroup", (await UpdateAsync("""{"pids":{"limit":444},"blockIO":{"weight":100}}""")).Error);
        Assert.Equal("222", Limit);
        Assert.DoesNotContain("updated", await HistoryAsync("c"));
    }

    [Fact]
    public async Task Update_that_changes_nothing_is_no_event()
    {
        await RunningAsync();
        Assert.Null((await UpdateAsync("{}")).Error);
        Assert.DoesNotContain("updated", await HistoryAsync("c"));
    }

    [Fact]
    public async Task Updates_at_once_are_done_one_after_another()
    {
        await RunningAsync();
        var callers = Enumerable.Range(300, 20).Select(limit => Send("c", Command($$$"""{"pids":{"limit":{{{limit}}}}}"""))).ToList();
        foreach (var caller in callers) Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
        Assert.Equal("319", Limit);
        Assert.Equal(20, (await HistoryAsync("c")).Count(kind => kind == "updated"));
    }

    [Fact]
    public async Task Warnings_come_with_the_answer()
    {
        await RunningAsync();
        Assert.Equal(["Kernel memory settings are ignored and will be removed"], (await UpdateAsync("""{"memory":{"kernel":5000}}""")).Warnings);
    }

    [Theory]
    [InlineData("{", "resources: not valid JSON at line 1, column 2: it ends too early")]
    [InlineData("""{"pids":5}""", "resources: pids: must be an object, not the number 5")]
    [InlineData("""{"cpu":{"period":5}}""", "resources: cpu.period: must be from 1000 to 1000000 microseconds, not 5")]
    public async Task Document_that_is_wrong_is_refused(string json, string message)
    {
        await RunningAsync();
        Assert.Equal(message, (await UpdateAsync(json)).Error);
    }

    [Fact]
    public async Task Resctrl_of_a_container_without_it_cannot_be_changed()
    {
        await RunningAsync();
        var answer = await AskAsync("c", new UpdateContainer(new UpdateOptions { L3CacheSchema = "L3:0=f" }));
        Assert.Equal(ResctrlFileSystem.Allocates("L3") ? "updating a non-existent Intel RDT configuration is not supported" : "Intel RDT/CAT: l3 cache schema is not enabled", answer.Error);
    }

    [Fact]
    public async Task Update_of_a_container_that_has_ended_is_refused()
    {
        Assert.Equal("container does not exist", (await UpdateAsync("""{"pids":{"limit":5}}""")).Error);
        var init = await RunningAsync();
        init.Kill();
        await HappenedAsync<ContainerExited>();
        Assert.Equal("container not running", (await UpdateAsync("""{"pids":{"limit":5}}""")).Error);
    }

    [Fact]
    public async Task Follower_gets_statistics_until_the_container_ends()
    {
        var init = await RunningAsync();
        var follower = Send("c", new FollowEvents(new EventsOptions { Interval = 1 }));
        for (var i = 0; i < 3; i++)
        {
            var line = JsonNode.Parse((await follower.ExpectMsgAsync<EventLine>()).Json)!;
            Assert.Equal(("stats", "c"), ((string?)line["type"], (string?)line["id"]));
            Assert.Equal(3, (int?)line["data"]!["pids"]!["current"]);
            follower.LastSender.Tell(new LineTaken(), follower.Ref);
        }

        init.Kill();
        Assert.Null((await FishForAnswerAsync(follower)).Error);
    }

    [Fact]
    public async Task Statistics_alone_are_one_answer()
    {
        await RunningAsync();
        var answer = await AskAsync("c", new FollowEvents(new EventsOptions { StatisticsOnly = true }));
        Assert.StartsWith("""{"type":"stats","id":"c","data":{""", answer.Output, StringComparison.Ordinal);
        Assert.EndsWith("}\n", answer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Follower_of_what_has_ended_is_refused_unless_it_had_begun_before()
    {
        var init = await RunningAsync();
        init.Kill();
        await HappenedAsync<ContainerExited>();
        Assert.Equal("container with id c is not running", (await AskAsync("c", new FollowEvents(new EventsOptions()))).Error);
        Assert.Null((await AskAsync("c", new FollowEvents(new EventsOptions { Resumed = true }))).Error);
        Assert.Equal("container does not exist", (await AskAsync("nobody", new FollowEvents(new EventsOptions()))).Error);
        Assert.Null((await AskAsync("nobody", new FollowEvents(new EventsOptions { Resumed = true }))).Error);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _host.Delete(recursive: true);
    }

    private static async Task<Answer> FishForAnswerAsync(Akka.TestKit.TestProbe follower)
    {
        while (true)
        {
            var message = await follower.ExpectMsgAsync<object>();
            if (message is Answer answer) return answer;
            follower.LastSender.Tell(new LineTaken(), follower.Ref);
        }
    }

    private async Task<FakeInit> RunningAsync(string resources = """{"pids":{"limit":222}}""")
    {
        var config = JsonNode.Parse(Sandbox.ConfigJson())!;
        config["linux"]!["cgroupsPath"] = "/c";
        config["linux"]!["resources"] = JsonNode.Parse(resources);
        var caller = Send("c", NewCreation(config: Encoding.UTF8.GetBytes(config.ToJsonString())));
        var init = await LaunchAsync("c", caller);
        init.Say(FrameKind.Ready);
        await init.OutliveAsync();
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
        caller = Send("c", new StartContainer(NewOperation()));
        await init.TakeStartAsync();
        init.Execute();
        Assert.Null((await caller.ExpectMsgAsync<Answer>()).Error);
        return init;
    }

    private static UpdateContainer Command(string json) => new(new UpdateOptions { Document = json });

    private async Task<Answer> UpdateAsync(string json) => await AskAsync("c", Command(json));

    private int? PidsInStateFile() =>
        (int?)JsonNode.Parse(File.ReadAllText(Path.Combine(Sandbox.Key("c").Directory, "state.json")))!["resources"]?["pids"]?["limit"];

    private void Put(string path, string text)
    {
        var full = Path.Combine(_host.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
