namespace Anocir.Runtime.Tests.Lifecycle;

/// <summary>What the commands print: list, ps, spec, features, version, help; and the forms flags may have.</summary>
public sealed class DocumentTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void List_shows_containers_as_table_json_and_ids()
    {
        using var own = new RuntimeFixture();
        own.Require();
        if (RuntimeFixture.IsAnocir) own.Call("list", "--format", "json").Ok().Prints("null");
        Assert.Matches("^ID +PID +STATUS +BUNDLE +CREATED +OWNER\n$", own.Call("list").Ok().Output);
        own.Call("list", "--quiet").Ok().Prints("");

        using var container = own.Container(c => c.Args("sleep", "1000").Set("annotations", """{"a":"b"}"""));
        container.Create().Ok();
        var lines = own.Call("list").Ok().Lines;
        Assert.Equal(2, lines.Count);
        Assert.Matches($"^{container.Id} +{container.Pid} +created +{container.Bundle.Directory} +[0-9T:.-]+Z +root *$", lines[1]);
        own.Call("list", "-q").Ok().Prints(container.Id);

        var json = own.Call("list", "--format=json").Ok().Text;
        Assert.DoesNotContain("\n", json, StringComparison.Ordinal);
        var entry = JsonNode.Parse(json)!.AsArray().Single()!.AsObject();
        Assert.Equal(["ociVersion", "id", "pid", "status", "bundle"], entry.Select(p => p.Key).Take(5));
        Assert.Equal("root", (string?)entry["owner"]);
        Assert.Equal("b", (string?)entry["annotations"]!["a"]);
        Assert.Equal(container.Pid, (int)entry["pid"]!);
    }

    [SkippableFact]
    public void Ps_shows_the_processes_as_table_and_json()
    {
        using var container = runtime.Container(c => c.Script("sleep 1001 & sleep 1002 & echo ready; wait"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("ready");
        Until.True(() => Pids().Length == 3, "three processes");
        Assert.Contains(container.Pid, Pids());
        Assert.All(Pids(), pid => Assert.True(Processes.Alive(pid)));
        var table = runtime.Call("ps", container.Id).Ok();
        Assert.Matches("^UID +PID +PPID", table.Lines[0]);
        Assert.Equal(4, table.Lines.Count);
        table.Shows("sleep 1002");
        Assert.Equal("", table.Error);
        var chosen = runtime.Call("ps", container.Id, "-o", "pid,comm").Ok();
        Assert.Matches("^ *PID COMMAND", chosen.Lines[0]);
        Assert.Equal(4, chosen.Lines.Count);

        int[] Pids() => [.. JsonNode.Parse(runtime.Call("ps", "--format", "json", container.Id).Ok().Output)!.AsArray().Select(n => (int)n!)];
    }

    [SkippableFact]
    public void Spec_writes_a_configuration_that_runs_and_does_not_overwrite_one()
    {
        using var container = runtime.Container();
        var caller = new Caller(Directory: container.Bundle.Directory);
        var spec = runtime.Call(caller, "spec").Ok();
        Assert.Equal("", spec.Output + spec.Error);
        var again = runtime.Call(caller, "spec").Exits(1);
        Assert.Contains("File config.json exists. Remove it first", ErrorLine.MessageOf(again), StringComparison.Ordinal);
        container.Bundle.Config = JsonNode.Parse(File.ReadAllText(container.Bundle.ConfigFile))!.AsObject();
        container.Bundle.Config.Script("echo runs").Set("process.terminal", "false").Set("linux.cgroupsPath", $"\"{runtime.CgroupParent}/{container.Id}\"");
        Assert.Equal("runs\n", container.Run().Ok().Output);
    }

    [SkippableFact]
    public void Spec_takes_a_bundle_and_makes_a_rootless_one()
    {
        using var container = runtime.Container();
        runtime.Call("spec", "--rootless", "-b", container.Bundle.Directory).Ok();
        var config = JsonNode.Parse(File.ReadAllText(container.Bundle.ConfigFile))!;
        Assert.Contains(config["linux"]!["namespaces"]!.AsArray(), n => (string?)n!["type"] == "user");
        Assert.NotNull(config["linux"]!["uidMappings"]);
    }

    [SkippableFact]
    public void Features_is_a_document_of_the_specifications_form()
    {
        runtime.Require();
        var result = runtime.Call("features");
        Skip.If(!RuntimeFixture.IsAnocir && result.ExitCode != 0, "runc 1.1.5 has it, older ones do not");
        var features = JsonNode.Parse(result.Ok().Output)!.AsObject();
        Assert.Equal("", result.Error);
        Assert.StartsWith("1.", (string)features["ociVersionMin"]!, StringComparison.Ordinal);
        Assert.StartsWith("1.", (string)features["ociVersionMax"]!, StringComparison.Ordinal);
        Assert.Equal(
            ["createContainer", "createRuntime", "poststart", "poststop", "prestart", "startContainer"],
            features["hooks"]!.AsArray().Select(h => (string)h!).Order(StringComparer.Ordinal));
        Assert.Contains("rro", features["mountOptions"]!.AsArray().Select(o => (string)o!));
        if (RuntimeFixture.IsAnocir) Assert.True((bool)features["linux"]!["mountExtensions"]!["idmap"]!["enabled"]!);
    }

    [SkippableTheory]
    [InlineData("--version")]
    [InlineData("-v")]
    [InlineData("-version")]
    public void Version_has_the_lines_that_engines_read(string flag)
    {
        runtime.Require();
        var lines = Command.Run(RuntimeUnderTest.Path, flag).Ok().Lines;
        Assert.Matches("^runc version [0-9]+\\.[0-9]+\\.[0-9]+", lines[0]);
        Assert.StartsWith("commit: ", lines[1], StringComparison.Ordinal);
        Assert.Matches("^spec: 1\\.[0-9]+\\.[0-9]+", lines[2]);
    }

    [SkippableTheory]
    [InlineData("-h")]
    [InlineData("--help")]
    [InlineData("help")]
    [InlineData("h")]
    public void Help_begins_with_name_and_what_it_is(string form)
    {
        runtime.Require();
        var lines = Command.Run(RuntimeUnderTest.Path, form).Ok().Lines;
        Assert.Equal("NAME:", lines[0]);
        Assert.Equal($"   {RuntimeUnderTest.Name} - Open Container Initiative runtime", lines[1]);
    }

    [SkippableTheory]
    [InlineData("create")]
    [InlineData("run")]
    [InlineData("start")]
    [InlineData("state")]
    [InlineData("kill")]
    [InlineData("delete")]
    [InlineData("list")]
    [InlineData("ps")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("spec")]
    [InlineData("features")]
    [InlineData("update")]
    [InlineData("events")]
    public void Help_of_a_command_names_it(string verb)
    {
        runtime.Require();
        foreach (var form in new[] { "-h", "--help" })
        {
            var result = Command.Run(RuntimeUnderTest.Path, verb, form).Ok();
            Assert.Equal("NAME:", result.Lines[0]);
            Assert.StartsWith($"   {RuntimeUnderTest.Name} {verb} - ", result.Lines[1], StringComparison.Ordinal);
            Assert.Equal("", result.Error);
        }

        if (verb is "features") return;
        Assert.StartsWith($"   {RuntimeUnderTest.Name} {verb} - ", Command.Run(RuntimeUnderTest.Path, "help", verb).Ok().Lines[1], StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Flags_take_one_dash_or_two_and_both_forms_of_values()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Bundle.Save();
        var bundle = container.Bundle.Directory;
        string[][] forms =
        [
            ["create", "-bundle", bundle, container.Id],
            ["create", $"-bundle={bundle}", container.Id],
            ["create", $"--bundle={bundle}", container.Id],
            ["create", "-b", bundle, container.Id],
            ["create", $"-b={bundle}", container.Id],
            ["run", "-detach", "--bundle", bundle, "--no-subreaper=true", "--keep=false", container.Id],
            ["run", "-d=true", "-no-subreaper", "--bundle", bundle, container.Id],
        ];
        foreach (var form in forms)
        {
            runtime.Call(form).Ok();
            runtime.Call("delete", "-force", container.Id).Ok();
        }

        runtime.Call(new Caller(Directory: bundle), "create", container.Id).Ok();
    }

    [SkippableFact]
    public void Debug_output_goes_to_the_log_and_keeps_stderr_clean()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Bundle.Save();
        var log = Path.Combine(runtime.Scratch.Directory, "debug.json");
        var result = runtime.Call(new Caller(GlobalFlags: ["--debug", "--log", log, "--log-format", "json"]), "create", "--bundle", container.Bundle.Directory, container.Id).Ok();
        Assert.Equal("", result.Output + result.Error);
    }
}
