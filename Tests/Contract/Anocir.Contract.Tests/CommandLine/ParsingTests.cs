namespace Anocir.Contract.Tests.CommandLine;

/// <summary>How arguments are read: the forms that callers use, and the ones that must be refused.</summary>
public sealed class ParsingTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Flags_may_have_one_dash_as_go_runc_writes_them()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Run("-no-subreaper", "-detach").Ok();
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Flag_given_twice_is_no_error_and_the_last_value_counts()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        var folder = runtime.Scratch.Folder("twice");
        container.Create("--no-new-keyring", "--no-new-keyring", "--pid-file", $"{folder}/first", "--pid-file", $"{folder}/second").Ok();
        Assert.Equal(["second"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [SkippableFact]
    public void Flags_may_stand_in_any_order_before_the_id()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Bundle.Save();
        var pid = runtime.Scratch.File("order.pid");
        runtime.Call("create", "--pid-file", pid, "--no-pivot=false", "--bundle", container.Bundle.Directory, "--no-new-keyring", container.Id).Ok();
        Assert.True(File.Exists(pid));
    }

    [SkippableTheory]
    [InlineData("--format=json")]
    [InlineData("-format=json")]
    [InlineData("--format json")]
    [InlineData("-f json")]
    [InlineData("-f=json")]
    public void Values_stand_behind_a_blank_or_an_equals_sign(string form)
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        Assert.Equal([container.Pid], JsonNode.Parse(runtime.Call(["ps", .. form.Split(' '), container.Id]).Ok().Output)!.AsArray().Select(n => (int)n!));
    }

    [SkippableFact]
    public void Double_dash_ends_the_flags()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Bundle.Save();
        var id = $"-{container.Id}";
        Fair.Since("1.2.0", "an id that begins with a dash cannot be looked up by it");
        runtime.Call("create", "--bundle", container.Bundle.Directory, "--", id).Ok();
        Assert.Equal(id, (string?)JsonNode.Parse(runtime.Call("state", "--", id).Ok().Output)!["id"]);
        runtime.Call("delete", "--force", "--", id).Ok();
    }

    [SkippableTheory]
    [InlineData("create")]
    [InlineData("start")]
    [InlineData("state")]
    [InlineData("kill")]
    [InlineData("delete")]
    [InlineData("list")]
    [InlineData("ps")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("spec")]
    [InlineData("exec")]
    [InlineData("run")]
    [InlineData("update")]
    [InlineData("events")]
    [InlineData("checkpoint")]
    [InlineData("restore")]
    public void Unknown_flag_is_named_and_fails(string verb)
    {
        runtime.Require();
        RuntimeUnderTest.Require(verb);
        var result = runtime.Call(verb, "--no-such-flag", "x");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("flag provided but not defined: -no-such-flag", result.Output + result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("--root", "/tmp/elsewhere")]
    [InlineData("--log", "/tmp/elsewhere")]
    [InlineData("--log-format", "json")]
    [InlineData("--systemd-cgroup", null)]
    [InlineData("--debug", null)]
    public void Global_flag_behind_the_command_is_not_its_own(string flag, string? value)
    {
        runtime.Require();
        var result = runtime.Call(["list", flag, .. value is null ? Array.Empty<string>() : [value]]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"flag provided but not defined: {flag[1..]}", result.Output + result.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists("/tmp/elsewhere"));
    }

    [SkippableFact]
    public void Global_flags_stand_before_the_command_in_any_order_and_form()
    {
        runtime.Require();
        var log = runtime.Scratch.File("order.log");
        foreach (var flags in new string[][] { ["--log", log, "--log-format", "json", "--debug"], ["--debug=false", "-log-format=json", $"-log={log}"], ["--rootless=auto", "--log-format", "text"], ["--rootless", "false"] })
            Assert.Equal("", runtime.Call(new Caller(GlobalFlags: flags), "list", "-q").Ok().Text);
    }

    [SkippableFact]
    public void Root_is_a_name_space_of_ids()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        var other = runtime.Scratch.Folder("other-root");
        var elsewhere = new Caller(GlobalFlags: ["--root", other]);
        Assert.Contains("does not exist", ErrorLine.MessageOf(runtime.Call(elsewhere, "state", container.Id).Exits(1)), StringComparison.Ordinal);
        runtime.Call(elsewhere, "create", "--bundle", container.Bundle.Edit(c => c.Set("linux.cgroupsPath", $"\"{runtime.CgroupParent}/{container.Id}-2\"")).Save().Directory, container.Id).Ok();
        runtime.Call(elsewhere, "list", "-q").Ok().Prints(container.Id);
        runtime.Call(elsewhere, "delete", "--force", container.Id).Ok();
        Assert.Equal("created", container.Status);
    }

    [SkippableFact]
    public void Relative_root_is_relative_to_the_caller()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Bundle.Save();
        var folder = runtime.Scratch.Folder("relative");
        var relative = new Caller(Directory: folder, GlobalFlags: ["--root", "r"]);
        runtime.Call(relative, "create", "--bundle", container.Bundle.Directory, container.Id).Ok();
        runtime.Call(new Caller(GlobalFlags: ["--root", $"{folder}/r"]), "list", "-q").Ok().Prints(container.Id);
        runtime.Call(relative, "delete", "--force", container.Id).Ok();
    }

    [SkippableFact]
    public void Unknown_command_has_no_help_topic()
    {
        runtime.Require();
        var result = runtime.Call("foo");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("No help topic for 'foo'", result.Output + result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_of_checkpoint_succeeds_which_podman_asks_for(string flag)
    {
        runtime.Require();
        RuntimeUnderTest.Require("checkpoint");
        runtime.Call("checkpoint", flag).Ok();
    }

    [SkippableFact]
    public void Flag_of_restore_without_its_value_says_so_which_podman_reads()
    {
        runtime.Require();
        RuntimeUnderTest.Require("restore");
        var result = runtime.Call("restore", "--lsm-mount-context");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Matches("flag needs an argument|requires an argument", result.Output + result.Error);
    }

    [SkippableFact]
    public void Systemd_cgroup_without_systemd_is_an_error_that_names_it()
    {
        runtime.Require();
        Skip.If(Directory.Exists("/run/systemd/system"), "systemd runs here");
        using var container = runtime.Container(c => c.Set("linux.cgroupsPath", "\"system.slice:anocir:contract\""));
        var result = container.Prepare("create", new Caller(GlobalFlags: ["--systemd-cgroup"])).Run().Exits(1);
        Assert.Contains("systemd", ErrorLine.MessageOf(result), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }
}
