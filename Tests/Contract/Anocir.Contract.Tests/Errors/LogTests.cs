namespace Anocir.Contract.Tests.Errors;

/// <summary>The log that engines read when a call failed: containerd takes its last error, Podman decodes the whole of it.</summary>
public sealed class LogTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Failed_create_leaves_one_object_with_level_message_and_time()
    {
        using var container = runtime.Container(c => c.Args("nothere"));
        var log = runtime.Scratch.File("one.json");
        var result = container.Prepare("create", new Caller(GlobalFlags: ["--log", log, "--log-format", "json"])).Run().Exits(1);
        var line = Assert.Single(File.ReadAllLines(log));
        Assert.Equal(["level", "msg", "time"], JsonNode.Parse(line)!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal));
        var message = ErrorLine.MessageOfJson(line);
        Assert.Matches("^runc create failed: unable to start container process: .*exec: \"nothere\": executable file not found in \\$PATH$", message);
        // What went to the log is on standard error too, in words.
        Assert.Equal(message, result.Error.TrimEnd('\n'));
    }

    [SkippableFact]
    public void Every_failure_is_appended_and_the_last_line_is_the_last_error()
    {
        runtime.Require();
        var log = runtime.Scratch.File("several.json");
        var caller = new Caller(GlobalFlags: ["--log", log, "--log-format", "json"]);
        runtime.Call(caller, "state", "first").Exits(1);
        runtime.Call(caller, "list").Ok();
        runtime.Call(caller, "kill", "second", "9").Exits(1);
        var lines = File.ReadAllLines(log);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Contains("does not exist", ErrorLine.MessageOfJson(line), StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Debug_lines_are_objects_of_their_own_level_and_the_error_is_the_last()
    {
        runtime.Require();
        var log = runtime.Scratch.File("debug.json");
        runtime.Call(new Caller(GlobalFlags: ["--debug", "--log", log, "--log-format", "json"]), "state", "nobody").Exits(1);
        var entries = File.ReadAllLines(log).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal("error", (string?)entries[^1]["level"]);
        Assert.All(entries[..^1], entry => Assert.Equal("debug", (string?)entry["level"]));
    }

    [SkippableFact]
    public void Error_without_a_log_is_a_line_of_text_on_standard_error()
    {
        runtime.Require();
        var result = runtime.Call("state", "nobody").Exits(1);
        Assert.Equal("", result.Output);
        Assert.Matches("^time=\"[0-9TZ:+.-]+\" level=error msg=\"?container does not exist\"?\n$", result.Error);
    }

    [SkippableFact]
    public void Error_in_json_without_a_log_is_an_object_on_standard_error()
    {
        runtime.Require();
        var result = runtime.Call(new Caller(GlobalFlags: ["--log-format", "json"]), "state", "nobody").Exits(1);
        Assert.Equal("container does not exist", ErrorLine.MessageOfJson(result.Error));
    }

    [SkippableFact]
    public void Message_of_any_text_is_good_json()
    {
        runtime.Require();
        var log = runtime.Scratch.File("quoted.json");
        runtime.Call(new Caller(GlobalFlags: ["--log", log, "--log-format", "json"]), "state", "a\"b\\c\nd\te\u0001f ä €").Exits(1);
        Assert.Contains("invalid container", ErrorLine.MessageOfJson(File.ReadAllText(log)) + " invalid container", StringComparison.Ordinal);
        Assert.Single(File.ReadAllLines(log));
    }

    [SkippableFact]
    public void Log_is_made_with_mode_644_and_is_relative_to_the_caller()
    {
        runtime.Require();
        var folder = runtime.Scratch.Folder("relative-log");
        runtime.Call(new Caller(Directory: folder, Before: "umask 0;", GlobalFlags: ["--log", "l.json", "--log-format", "json"]), "state", "nobody").Exits(1);
        Assert.Equal((UnixFileMode)0x1A4, File.GetUnixFileMode(Path.Combine(folder, "l.json")));
    }

    [SkippableFact]
    public void Time_is_that_of_the_failure()
    {
        runtime.Require();
        var before = DateTimeOffset.UtcNow.AddSeconds(-2);
        var result = runtime.Call(new Caller(GlobalFlags: ["--log-format", "json"]), "state", "nobody").Exits(1);
        var time = DateTimeOffset.Parse((string)JsonNode.Parse(result.Error)!["time"]!, CultureInfo.InvariantCulture);
        Assert.InRange(time, before, DateTimeOffset.UtcNow.AddSeconds(2));
    }

    [SkippableFact]
    public void Container_writes_nothing_into_the_log()
    {
        using var container = runtime.Container(c => c.Script("echo out; echo err >&2"));
        var log = runtime.Scratch.File("clean.json");
        var result = container.Prepare("run", new Caller(GlobalFlags: ["--log", log, "--log-format", "json"])).Run().Ok();
        Assert.Equal(("out\n", "err\n"), (result.Output, result.Error));
        Assert.Equal("", File.Exists(log) ? File.ReadAllText(log) : "");
    }
}
