using System.Text;

namespace Anocir.Runtime.Tests.BadInput;

/// <summary>
/// A config.json that cannot be run: one line of error that names field or file, the same in the log, runc's exit code, and nothing
/// left behind.
/// </summary>
public sealed class BadConfigTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [ClassData(typeof(BadConfigCases))]
    public void Bad_value_is_refused_by_name(string path, string? value, string named, bool fair)
    {
        if (!fair) runtime.RequireAnocir("runc 1.1 takes this, or says less");
        using var container = runtime.Container(c => c.Set(path, value));
        var message = ErrorLine.MessageOf(container.Create().Exits(1));
        Assert.StartsWith("runc create failed: ", message, StringComparison.Ordinal);
        if (RuntimeFixture.IsAnocir) Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("", "config.json")]
    [InlineData("{", "config.json")]
    [InlineData("[]", "config.json")]
    [InlineData("null", "config.json")]
    [InlineData("not json", "config.json")]
    [InlineData("{\"ociVersion\":\"1.0.2\",", "config.json")]
    [InlineData("{\"ociVersion\":\"1.0.2\"} trailing", "config.json")]
    [InlineData("{\"ociVersion\":\"\\ud800\"}", "ociVersion")]
    public void Text_that_is_no_configuration_is_refused(string text, string named)
    {
        runtime.RequireAnocir("runc does not name the file");
        using var container = runtime.Container();
        container.Bundle.Save();
        File.WriteAllText(container.Bundle.ConfigFile, text);
        var result = runtime.Call("create", "--bundle", container.Bundle.Directory, container.Id).Exits(1);
        Assert.Contains(named, ErrorLine.MessageOf(result), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Every_truncation_of_a_good_configuration_is_refused()
    {
        using var container = runtime.Container();
        container.Bundle.Save();
        var whole = File.ReadAllText(container.Bundle.ConfigFile);
        for (var length = 1; length < whole.Length; length += whole.Length / 12)
        {
            File.WriteAllText(container.Bundle.ConfigFile, whole[..length]);
            ErrorLine.MessageOf(runtime.Call("create", "--bundle", container.Bundle.Directory, container.Id).Exits(1));
        }

        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Missing_configuration_is_named_in_runcs_words()
    {
        using var container = runtime.Container();
        var result = runtime.Call("create", "--bundle", container.Bundle.Directory, container.Id).Exits(1);
        Assert.Contains("JSON specification file config.json not found", ErrorLine.MessageOf(result), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("fifo")]
    [InlineData("directory")]
    [InlineData("symlink to nowhere")]
    [InlineData("device")]
    public void Configuration_that_is_no_file_is_refused_at_once(string kind)
    {
        runtime.RequireAnocir("runc waits for a writer of the fifo");
        using var container = runtime.Container();
        var file = container.Bundle.ConfigFile;
        if (kind == "fifo") Command.Run("/usr/bin/mkfifo", file).Ok();
        else if (kind == "directory") Directory.CreateDirectory(file);
        else File.CreateSymbolicLink(file, kind == "device" ? "/dev/zero" : "/nowhere/config");
        var result = runtime.Call("create", "--bundle", container.Bundle.Directory, container.Id).Exits(1);
        Assert.Contains("config.json", ErrorLine.MessageOf(result), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Error_is_the_same_on_stderr_and_in_the_log_of_either_format()
    {
        using var container = runtime.Container(c => c.Args("no\"such\nprogram\u0001ä\\"));
        container.Bundle.Save();
        string[] call = ["create", "--bundle", container.Bundle.Directory, container.Id];
        var text = ErrorLine.MessageOf(runtime.Call(call).Exits(1));

        var onStderr = runtime.Call(new Caller(GlobalFlags: ["--log-format", "json"]), call).Exits(1);
        Assert.Equal(text, ErrorLine.MessageOfJson(onStderr.Error));

        foreach (var format in new[] { "text", "json" })
        {
            var log = Path.Combine(runtime.Scratch.Directory, "log." + format);
            var result = runtime.Call(new Caller(GlobalFlags: ["--log", log, "--log-format", format]), call).Exits(1);
            Assert.Equal("", result.Output);
            var logged = File.ReadAllText(log);
            var message = format == "json" ? ErrorLine.MessageOfJson(logged) : ErrorLine.MessageOf(result with { Error = logged });
            Assert.Equal(text, message);
            Assert.Contains("no\\\"such", message, StringComparison.Ordinal);
        }

        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Log_is_appended_to_and_stays_a_stream_of_json()
    {
        runtime.Require();
        var log = Path.Combine(runtime.Scratch.Directory, "appended.json");
        for (var i = 0; i < 3; i++) runtime.Call(new Caller(GlobalFlags: ["--log=" + log, "--log-format=json"]), "state", $"nobody{i}").Exits(1);
        var lines = File.ReadAllLines(log);
        Assert.Equal(3, lines.Length);
        foreach (var line in lines) Assert.Contains("does not exist", ErrorLine.MessageOfJson(line), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Configuration_of_many_megabytes_is_refused_or_read_in_bounded_time()
    {
        runtime.RequireAnocir("runc reads any size");
        using var container = runtime.Container();
        container.Bundle.Save();
        var text = new StringBuilder(File.ReadAllText(container.Bundle.ConfigFile));
        text.Append(' ', 20_000_000);
        File.WriteAllText(container.Bundle.ConfigFile, text.ToString());
        var result = runtime.Call("create", "--bundle", container.Bundle.Directory, container.Id).Exits(1);
        Assert.Contains("config.json", ErrorLine.MessageOf(result), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Deeply_nested_configuration_is_refused()
    {
        runtime.RequireAnocir("runc ignores the unknown field");
        using var container = runtime.Container();
        container.Bundle.Save();
        var whole = File.ReadAllText(container.Bundle.ConfigFile);
        File.WriteAllText(container.Bundle.ConfigFile, $"{{\"x\":{new string('[', 100_000)}{new string(']', 100_000)},{whole[1..]}");
        ErrorLine.MessageOf(runtime.Call("create", "--bundle", container.Bundle.Directory, container.Id).Exits(1));
        runtime.Call("list").Ok();
    }
}
