using System.Text.RegularExpressions;

namespace Anocir.Contract.Tests.Documents;

/// <summary>What is printed on success: the forms that go-runc, Docker, Podman, buildah and CRI-O read, and nothing beside them.</summary>
public sealed class PrintedTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Version_begins_with_the_three_lines_that_are_parsed()
    {
        runtime.Require();
        var result = runtime.Call("--version").Ok();
        Assert.Equal("", result.Error);
        Assert.Matches("^runc version [^ ]+$", result.Lines[0]);
        Assert.Matches("^commit: [^ ]+$", result.Lines[1]);
        Assert.Matches("^spec: 1\\.[0-9]+\\.[0-9]+", result.Lines[2]);
    }

    [SkippableFact]
    public void State_has_the_keys_and_types_that_go_runc_decodes()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000").Set("annotations", """{"a.b":"c"}"""));
        container.Create().Ok();
        var result = runtime.Call("state", container.Id).Ok();
        Assert.Equal("", result.Error);
        Assert.StartsWith("{\n  \"ociVersion\": \"1.", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n}", result.Output, StringComparison.Ordinal);
        var state = JsonNode.Parse(result.Output)!.AsObject();
        Assert.Equal(["ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "annotations", "owner"], state.Select(p => p.Key));
        Assert.Equal(container.Id, (string?)state["id"]);
        Assert.True((int)state["pid"]! > 1);
        Assert.Equal("created", (string?)state["status"]);
        Assert.Equal(container.Bundle.Directory, (string?)state["bundle"]);
        Assert.Equal(container.Bundle.Rootfs, (string?)state["rootfs"]);
        Assert.Matches("^[0-9-]{10}T[0-9:]{8}(\\.[0-9]{1,9})?Z$", (string?)state["created"]);
        Assert.Equal("c", (string?)state["annotations"]!["a.b"]);
        Assert.Equal("", (string?)state["owner"]);
    }

    [SkippableFact]
    public void State_leaves_out_annotations_that_are_not_there()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        Assert.False(container.State.ContainsKey("annotations"));
    }

    [SkippableFact]
    public void State_names_each_status_of_a_life_with_the_pid_that_belongs_to_it()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var pid = container.Pid;
        Assert.Equal(("created", pid), (container.Status, container.Pid));
        container.Start().Ok();
        Assert.Equal(("running", pid), (container.Status, container.Pid));
        runtime.Call("pause", container.Id).Ok();
        Assert.Equal(("paused", pid), (container.Status, container.Pid));
        runtime.Call("resume", container.Id).Ok();
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        Assert.Equal(0, container.Pid);
    }

    [SkippableFact]
    public void List_as_json_is_one_line_of_the_same_objects_with_owner()
    {
        using var own = new RuntimeFixture();
        Assert.Equal("null", own.Call("list", "--format", "json").Ok().Text);
        using var container = own.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var result = own.Call("list", "--format", "json").Ok();
        Assert.Equal("", result.Error);
        Assert.DoesNotContain('\n', result.Text);
        var entry = Assert.Single(JsonNode.Parse(result.Output)!.AsArray())!.AsObject();
        Assert.Equal(["ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "owner"], entry.Select(p => p.Key));
        Assert.Equal("root", (string?)entry["owner"]);
        Assert.Equal(container.Pid, (int)entry["pid"]!);
    }

    [SkippableFact]
    public void Ps_as_json_is_an_array_of_host_pids_of_the_whole_container()
    {
        using var container = runtime.Container(c => c.Script("sleep 1000 & echo ready; wait"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("ready");
        Until.True(() => Read().Length == 2, "two processes");
        Assert.Contains(container.Pid, Read());
        Assert.All(Read(), pid => Assert.True(Processes.Alive(pid)));

        int[] Read()
        {
            // go-runc decodes what comes on both outputs together.
            var result = runtime.Call("ps", "--format", "json", container.Id).Ok();
            return [.. JsonNode.Parse(result.Output + result.Error)!.AsArray().Select(n => (int)n!)];
        }
    }

    [SkippableFact]
    public void Features_on_both_outputs_together_is_the_document_cri_o_decodes()
    {
        runtime.Require();
        var result = runtime.Call("features").Ok();
        var features = JsonNode.Parse(result.Output + result.Error)!.AsObject();
        Assert.NotEqual("", (string?)features["ociVersionMin"]);
        Assert.NotEqual("", (string?)features["ociVersionMax"]);
        Assert.Contains("rro", features["mountOptions"]!.AsArray().Select(o => (string)o!));
        Assert.True((bool)features["linux"]!["seccomp"]!["enabled"]!);
        Assert.True(features["annotations"] is JsonObject);
        Fair.Since("1.2.0", "idmapped mounts");
        Assert.True((bool)features["linux"]!["mountExtensions"]!["idmap"]!["enabled"]!);
    }

    [SkippableFact]
    public void Events_with_stats_prints_one_object_and_ends()
    {
        RuntimeUnderTest.Require("events");
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        var result = runtime.Call("events", "--stats", container.Id).Ok();
        Assert.Equal("", result.Error);
        var stats = JsonNode.Parse(Assert.Single(result.Lines))!.AsObject();
        Assert.Equal(["type", "id", "data"], stats.Select(p => p.Key));
        Assert.Equal("stats", (string?)stats["type"]);
        Assert.Equal(container.Id, (string?)stats["id"]);
        var data = stats["data"]!.AsObject();
        Assert.True((ulong)data["cpu"]!["usage"]!["total"]! > 0);
        Assert.True((ulong)data["memory"]!["usage"]!["usage"]! > 0);
        Assert.Equal(1ul, (ulong)data["pids"]!["current"]!);
        Assert.True(data["memory"]!["raw"] is JsonObject { Count: > 0 });
        foreach (var key in new[] { "blkio", "hugetlb", "intel_rdt", "network_interfaces" }) Assert.True(data.ContainsKey(key), $"{key} is missing in {data.ToJsonString()}");
    }

    [SkippableFact]
    public void Events_at_an_interval_is_one_object_to_a_line()
    {
        RuntimeUnderTest.Require("events");
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Start().Ok();
        var events = runtime.Prepare(new Caller(), "events", "--interval=200ms", container.Id).Start();
        Until.True(() => events.Output.Count(c => c == '\n') >= 3, "three events", explain: () => events.Output + events.Error);
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        events.Wait();
        Assert.All(events.Output.TrimEnd('\n').Split('\n'), line => Assert.Equal("stats", (string?)JsonNode.Parse(line)!["type"]));
    }

    [SkippableTheory]
    [InlineData("start")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("kill")]
    [InlineData("delete")]
    public void Success_is_silent(string last)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        foreach (var verb in new[] { "start", "pause", "resume", "kill", "delete" })
        {
            if (verb == "delete") container.WaitForStatus("stopped");
            var result = runtime.Call(verb == "kill" ? [verb, container.Id, "KILL"] : [verb, container.Id]).Ok();
            Assert.Equal("", result.Output + result.Error);
            if (verb == last) return;
        }
    }

    [SkippableFact]
    public void Help_begins_with_the_lines_that_runc_has()
    {
        runtime.Require();
        var lines = runtime.Call("--help").Ok().Lines;
        Assert.Equal("NAME:", lines[0]);
        Assert.Matches(new Regex("^   [^ ]+ - Open Container Initiative runtime$"), lines[1]);
    }
}
