using System.Diagnostics;

namespace Anocir.Runtime.Tests.Limits;

/// <summary>Statistics and want of memory, once and as they come.</summary>
public sealed class EventsTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Statistics_are_one_line_with_the_kernels_numbers()
    {
        using var container = Running(c => c.Script("sleep 1000 & exec sleep 1001").Set("linux.resources", """{"memory":{"limit":33554432},"pids":{"limit":20}}"""));
        Until.True(() => runtime.Call("ps", "-f", "json", container.Id).Ok().Text.Contains(','), "two processes");
        var result = runtime.Call("events", "--stats", container.Id).Ok();
        Assert.Equal("", result.Error);
        Assert.StartsWith($$"""{"type":"stats","id":"{{container.Id}}","data":{""", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("}\n", result.Output, StringComparison.Ordinal);
        var data = JsonNode.Parse(result.Output)!["data"]!;
        Assert.Equal(2, (int)data["pids"]!["current"]!);
        Assert.Equal(20, (int)data["pids"]!["limit"]!);
        Assert.Equal(33554432, (long)data["memory"]!["usage"]!["limit"]!);
        Assert.InRange((long)data["memory"]!["usage"]!["usage"]!, 1, 33554432);
        Assert.True((long)data["cpu"]!["usage"]!["total"]! > 0);
        Assert.NotEmpty(data["memory"]!["raw"]!.AsObject());
        Assert.NotNull(data["hugetlb"]);
    }

    [SkippableFact]
    public void Statistics_come_at_the_interval_until_the_container_ends()
    {
        using var container = Running(c => c.Args("sleep", "1000"));
        var events = runtime.Prepare(new Caller(), "events", "--interval", "50ms", container.Id).Start();
        Until.True(() => events.Output.Count(c => c == '\n') >= 4, "four lines", explain: () => events.Output + events.Error);
        container.Delete("--force").Ok();
        var result = events.Wait().Ok();
        Assert.Equal("", result.Error);
        Assert.All(result.Lines, line => Assert.Equal("stats", (string?)JsonNode.Parse(line)!["type"]));
    }

    [SkippableFact]
    public void Want_of_memory_is_told()
    {
        using var container = Running(c => c
            .Script("until [ -e /tmp/go ]; do sleep 0.05; done; tail /dev/zero; sleep 1000")
            .Set("linux.resources", """{"memory":{"limit":33554432,"swap":33554432}}"""));
        var events = runtime.Prepare(new Caller(), "events", "--interval=100ms", container.Id).Start();
        Until.True(() => events.Output.Contains("stats", StringComparison.Ordinal), "the first line");
        File.WriteAllText(container.Bundle.InRootfs("tmp/go"), "");
        Until.True(() => events.Output.Contains($$"""{"type":"oom","id":"{{container.Id}}"}""" + "\n", StringComparison.Ordinal), "an oom event", explain: () => events.Output);
        container.Delete("--force").Ok();
        events.Wait().Ok();
    }

    [SkippableFact]
    public void Follower_outlives_its_supervisor()
    {
        runtime.RequireAnocir("it is about the supervisor");
        using var container = Running(c => c.Args("sleep", "1000"));
        var events = runtime.Prepare(new Caller(), "events", "--interval", "50ms", container.Id).Start();
        Until.True(() => events.Output.Contains('\n'), "the first line");
        Command.Run("/bin/kill", "-9", File.ReadAllText(Path.Combine(runtime.RuntimeDirectory, "supervisor.pid")).Trim()).Ok();
        var before = events.Output.Length;
        Until.True(() => events.Output.Length > before + 2000, "more lines, from another supervisor", explain: () => events.Error);
        container.Delete("--force").Ok();
        Assert.Equal("", events.Wait().Ok().Error);
    }

    [SkippableFact]
    public void Follower_that_reads_nothing_hurts_nobody()
    {
        using var container = Running(c => c.Args("sleep", "1000"));
        var fifo = runtime.Scratch.File("slow");
        Command.Run("/usr/bin/mkfifo", fifo).Ok();
        // Somebody has it open, and never reads: the pipe is full after a few dozen lines.
        using var reader = new FileStream(fifo, FileMode.Open, FileAccess.ReadWrite);
        var slow = Process.Start(new ProcessStartInfo("/usr/bin/env",
            [$"{RuntimeUnderTest.DirectoryVariable}={runtime.RuntimeDirectory}", "sh", "-c", "exec \"$@\" >" + fifo, "sh", RuntimeUnderTest.Path, "--root", runtime.Root, "events", "--interval", "1ms", container.Id]))!;
        var other = runtime.Prepare(new Caller(), "events", "--interval", "5ms", container.Id).Start();
        Until.True(() => other.Output.Count(c => c == '\n') > 150, "a follower beside it gets every line");
        runtime.Call("state", container.Id).Ok();
        slow.Kill();
        slow.WaitForExit();
        container.Delete("--force").Ok();
        other.Wait().Ok();
    }

    [SkippableFact]
    public void Follower_that_is_interrupted_ends_by_the_signal()
    {
        using var container = Running(c => c.Args("sleep", "1000"));
        var events = runtime.Prepare(new Caller(), "events", "--interval", "50ms", container.Id).Start();
        Until.True(() => events.Output.Contains('\n'), "the first line");
        Command.Run("/bin/kill", "-INT", $"{events.Pid}").Ok();
        events.Wait().Exits(130);
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Follower_whose_reader_leaves_ends_in_silence()
    {
        using var container = Running(c => c.Args("sleep", "1000"));
        var line = $"{RuntimeUnderTest.Path} --root {runtime.Root} events --interval 20ms {container.Id} 2>&1 >&3 | cat; true";
        var result = Command.Run("/usr/bin/env", $"{RuntimeUnderTest.DirectoryVariable}={runtime.RuntimeDirectory}", "sh", "-c", $"{{ {line}; }} 3>&1 | head -n 1").Ok();
        Assert.Single(result.Lines);
        Assert.Equal("", result.Error);
        Assert.StartsWith("{", result.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Ended_container_has_no_events()
    {
        using var container = Running(c => c.Args("sleep", "1000"));
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        foreach (var flags in new[] { new[] { "--stats" }, [] })
            Assert.Contains($"container with id {container.Id} is not running", ErrorLine.MessageOf(runtime.Call(["events", .. flags, container.Id]).Exits(1)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Created_and_paused_containers_have_statistics()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        runtime.Call("events", "--stats", container.Id).Ok().Shows("\"stats\"");
        container.Start().Ok();
        runtime.Call("pause", container.Id).Ok();
        runtime.Call("events", "--stats", container.Id).Ok().Shows("\"stats\"");
    }

    private Container Running(Action<JsonObject> edit)
    {
        var container = runtime.Container(edit);
        container.Create().Ok();
        container.Start().Ok();
        return container;
    }
}
