using System.Text.RegularExpressions;

namespace Anocir.Conformance.Tests.Runtime;

public sealed partial class StateTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private static readonly string[] Statuses = ["creating", "created", "running", "stopped"];

    [SkippableFact]
    [Clause("runtime.md", "scope-of-a-container", Strength.Must, 4)]
    public void Creator_can_operate_on_its_container()
    {
        using var container = runtime.Created();
        Assert.Equal("created", container.Status);
        container.Start().Ok();
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        container.Delete().Ok();
    }

    [SkippableFact]
    [Clause("runtime.md", "state", Strength.Must, 5)]
    public void Id_is_unique_while_the_container_is_there()
    {
        using var container = runtime.Created();
        var pid = container.Pid;
        using var same = new Container(runtime, runtime.Container().Bundle, container.Id);
        Assert.NotEqual(0, same.Create().ExitCode);
        Assert.Equal(pid, container.Pid);
    }

    [SkippableFact]
    [Clause("runtime.md", "state", Strength.Must, 6)]
    public void State_has_version_id_status_and_the_absolute_path_of_the_bundle()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Bundle.Save();
        runtime.Prepare(new Caller(Path.GetDirectoryName(container.Bundle.Directory)!), "create", "--bundle", Path.GetFileName(container.Bundle.Directory), container.Id).Run().Ok();
        var state = container.State;
        Assert.Matches(Version(), (string)state["ociVersion"]!);
        Assert.Equal(container.Id, (string?)state["id"]);
        Assert.Equal("created", (string?)state["status"]);
        Assert.Equal(container.Bundle.Directory, (string?)state["bundle"]);
    }

    [SkippableFact]
    [Clause("runtime.md", "state", Strength.Must, 7)]
    public void Pid_is_that_of_the_container_process_in_created_and_running()
    {
        using var container = runtime.Container(c => c.Script("readlink /proc/self/ns/pid; exec sleep 1000"));
        container.Create().Ok();
        var pid = container.Pid;
        var space = Processes.Namespace(pid, "pid");
        Assert.NotEqual(Processes.Namespace(Environment.ProcessId, "pid"), space);
        container.Start().Ok();
        container.WaitForOutput(space);
        Assert.Equal(pid, container.Pid);
        Assert.Equal("sleep", File.ReadAllText($"/proc/{pid}/comm").Trim());
    }

    [SkippableTheory]
    [InlineData("createContainer")]
    [InlineData("startContainer")]
    [Clause("runtime.md", "state", Strength.Must, 7)]
    public void Hook_in_the_container_sees_the_pid_as_the_container_does(string kind)
    {
        using var container = runtime.Container(c => c.Hook(kind, "cat >/tmp/state || cat >\"$OUT\""));
        var seen = runtime.Scratch.File("states", container.Id);
        container.Bundle.Config["hooks"]![kind]![0]!["env"] = new JsonArray($"OUT={seen}", "PATH=/usr/bin:/bin");
        container.Bundle.Config["hooks"]![kind]![0]!["args"] = new JsonArray("sh", "-c", kind == "createContainer" ? "cat >\"$OUT\"" : "cat >/tmp/state");
        container.Run().Ok();
        var state = JsonNode.Parse(File.ReadAllText(kind == "createContainer" ? seen : container.Bundle.InRootfs("/tmp/state")))!;
        Assert.Equal(1, (int)state["pid"]!);
    }

    [SkippableFact]
    [Clause("runtime.md", "state", Strength.Must, 8)]
    public void Status_goes_from_creating_over_created_and_running_to_stopped()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var seen = runtime.Scratch.File("states", container.Id);
        container.Bundle.Config.Hook("createRuntime", $"cat >{seen}");
        container.Create().Ok();
        Assert.Equal("creating", (string?)JsonNode.Parse(File.ReadAllText(seen))!["status"]);
        Assert.Equal("created", container.Status);
        container.Start().Ok();
        Assert.Equal("running", container.Status);
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
    }

    [SkippableFact]
    [Clause("runtime.md", "state", Strength.Must, 9)]
    public void Further_status_stands_for_a_state_of_its_own()
    {
        using var container = runtime.Running();
        runtime.Call("pause", container.Id).Ok();
        Assert.DoesNotContain(container.Status, Statuses);
        runtime.Call("resume", container.Id).Ok();
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    [Clause("runtime.md", "state", Strength.Must, 10)]
    public void State_is_of_the_form_of_the_schema()
    {
        using var container = runtime.Running(c => c.Set("annotations", """{"org.example.a":"1","b":""}"""));
        Check(container.State);
        Assert.Equal("""{"b":"","org.example.a":"1"}""", new JsonObject(container.State["annotations"]!.AsObject().OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))).ToJsonString());
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        Check(container.State);

        static void Check(JsonObject state)
        {
            Assert.Matches(Version(), state["ociVersion"]!.GetValue<string>());
            Assert.NotEmpty(state["id"]!.GetValue<string>());
            Assert.Contains(state["status"]!.GetValue<string>(), Statuses);
            Assert.NotEmpty(state["bundle"]!.GetValue<string>());
            if (state["pid"] is { } pid) Assert.True(pid.GetValue<int>() >= 0);
            foreach (var (_, value) in state["annotations"]!.AsObject()) Assert.NotNull(value!.GetValue<string>());
        }
    }

    [GeneratedRegex(@"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)([-+][0-9A-Za-z.+-]+)?$")]
    private static partial Regex Version();
}
