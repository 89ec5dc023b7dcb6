namespace Anocir.Runtime.Tests.BadInput;

/// <summary>
/// Command lines that ask for what cannot be: each ends with its exit code and one clear error that names the culprit, and leaves
/// nothing. "@" stands for a created container, "#" for an id that is free, "%" for a good bundle, "$" for an empty folder.
/// </summary>
public sealed class BadCommandLineTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    public static TheoryData<string, int, string> Calls => new()
    {
        { "create", 1, "argument" },
        { "create --bundle %", 1, "argument" },
        { "create --bundle % # extra", 1, "exactly 1" },
        { "create --bundle /nowhere #", 1, "/nowhere" },
        { "create --bundle /etc/passwd #", 1, "/etc/passwd" },
        { "create --bundle $ #", 1, "config.json not found" },
        { "create --bundle", 1, "flag needs an argument: -bundle" },
        { "create --bundle % --pid-file", 1, "flag needs an argument: -pid-file" },
        { "create --bundle % --pid-file /nowhere/pid #", 1, "/nowhere" },
        { "create --bundle % --pid-file /proc/pid #", 1, "/proc" },
        { "create --bundle % --pid-file $ #", 1, "$" },
        { "create --bundle % --console-socket /nowhere.sock #", 1, "/nowhere.sock" },
        { "create --bundle % --console-socket /etc/passwd #", 1, "/etc/passwd" },
        { "create --bundle % --console-socket $ #", 1, "$" },
        { "create --bundle % --console-socket LONG #", 1, "long" },
        { "create --bundle % --pidfd-socket /nowhere.sock #", 1, "/nowhere.sock" },
        { "create --bundle % --pidfd-socket /etc #", 1, "/etc" },
        { "create --bundle % --preserve-fds x #", 1, "invalid value \"x\"" },
        { "create --bundle % --preserve-fds -1 #", 1, "-1" },
        { "create --bundle % --preserve-fds 1.5 #", 1, "invalid value \"1.5\"" },
        { "create --bundle % --preserve-fds 99999999999 #", 1, "99999999999" },
        { "create --bundle % --preserve-fds 500 #", 1, "descriptor" },
        { "create --bundle % --no-pivot=maybe #", 1, "invalid boolean value \"maybe\"" },
        { "create --bundle % --keep #", 1, "not defined: -keep" },
        { "create --bundle % ../#", 1, "invalid container ID format" },
        { "create --bundle LONG #", 1, "file name too long" },
        { "run", 1, "argument" },
        { "run --bundle /nowhere #", 1, "/nowhere" },
        { "run --bundle % --preserve-fds= #", 1, "invalid value \"\"" },
        { "run --bundle % --detach --pid-file /nowhere/pid #", 1, "/nowhere" },
        { "run --bundle % --detach --console-socket /nowhere.sock #", 1, "/nowhere.sock" },
        { "run --bundle % --detach=2 #", 1, "invalid boolean value \"2\"" },
        { "run --bundle % @", 1, "already exists" },
        { "start", 1, "exactly 1" },
        { "start @ extra", 1, "exactly 1" },
        { "start #", 1, "does not exist" },
        { "start a/b", 1, "does not exist" },
        { "state", 1, "exactly 1" },
        { "state #", 1, "does not exist" },
        { "state --format json @", 1, "not defined: -format" },
        { "kill", 1, "minimum of 1" },
        { "kill #", 1, "does not exist" },
        { "kill @ TERM extra", 1, "maximum of 2" },
        { "kill @ NOPE", 1, "unknown signal \"NOPE\"" },
        { "kill @ 0x9", 1, "unknown signal \"0x9\"" },
        { "kill @ 65", 1, "65" },
        { "kill @ SIG", 1, "unknown signal \"SIG\"" },
        { "kill @ 9.0", 1, "unknown signal \"9.0\"" },
        { "delete", 1, "exactly 1" },
        { "delete #", 1, "does not exist" },
        { "delete ../#", 1, "does not exist" },
        { "delete --force=x @", 1, "invalid boolean value \"x\"" },
        { "pause", 1, "exactly 1" },
        { "pause #", 1, "does not exist" },
        { "resume #", 1, "does not exist" },
        { "resume @", 1, "not paused" },
        { "list extra", 1, "exactly 0" },
        { "list --format yaml", 1, "invalid format option" },
        { "list --format", 1, "flag needs an argument: -format" },
        { "ps", 1, "minimum of 1" },
        { "ps #", 1, "does not exist" },
        { "ps --format yaml @", 1, "invalid format option" },
        { "ps @ --no-such-ps-option", 1, "ps" },
        { "spec extra", 1, "exactly 0" },
        { "spec --bundle /nowhere", 1, "/nowhere" },
        { "spec --bundle %", 1, "File config.json exists" },
        { "features extra", 1, "exactly 0" },
        { "history", 1, "exactly 1" },
        { "history #", 1, "does not exist" },
        { "exec", 255, "minimum of 1" },
        { "exec @", 255, "process args cannot be empty" },
        { "exec # true", 255, "does not exist" },
        { "exec --process /nowhere.json @", 255, "/nowhere.json" },
        { "exec --process $ @", 255, "--process" },
        { "exec --process /etc/passwd @", 255, "not valid JSON" },
        { "exec --user nobody @ true", 255, "nobody" },
        { "exec --user 0:x @ true", 255, "parsing x" },
        { "exec --user -1 @ true", 255, "-1" },
        { "exec --user 4294967295 @ true", 255, "4294967295" },
        { "exec --additional-gids x @ true", 255, "x" },
        { "exec --cwd relative @ true", 255, "relative" },
        { "exec --preserve-fds x @ true", 255, "invalid value \"x\"" },
        { "exec --console-socket /nowhere.sock --tty --detach @ true", 255, "/nowhere.sock" },
        { "exec --tty --detach @ true", 255, "cannot allocate tty if runc will detach without setting console socket" },
        { "exec --cgroup ../.. @ true", 255, "not a sub cgroup path" },
        { "exec --pid-file /nowhere/pid --detach @ true", 255, "/nowhere" },
        { "update #", 1, "does not exist" },
        { "update --memory x @", 1, "x" },
        { "update --pids-limit x @", 1, "x" },
        { "update --cpu-quota 1.5.2 @", 1, "1.5.2" },
        { "update --resources /nowhere.json @", 1, "/nowhere.json" },
        { "update --resources $ @", 1, "$" },
        { "events #", 1, "does not exist" },
        { "events --interval soon @", 1, "soon" },
        { "events --interval 0s @", 1, "duration" },
        { "events --interval -5s @", 1, "duration" },
        { "checkpoint #", 1, "does not exist" },
        { "restore --bundle /nowhere #", 1, "open " },
        { "frobnicate", 3, "No help topic for 'frobnicate'" },
        { "--root / list", 1, "should not be set to /" },
        { "--log-format xml list", 1, "invalid log-format: xml" },
        { "--rootless perhaps list", 1, "perhaps" },
        { "--no-such-flag list", 1, "not defined: -no-such-flag" },
        { "--log", 1, "flag needs an argument: -log" },
    };

    [SkippableTheory]
    [MemberData(nameof(Calls))]
    public void Bad_call_is_one_error_with_its_code_and_leaves_nothing(string call, int code, string named)
    {
        runtime.RequireAnocir("the words and codes are its own");
        using var created = runtime.Container(c => c.Args("sleep", "1000"));
        using var good = runtime.Container(c => c.Args("sleep", "1000").Set("process.terminal", call.Contains("console-socket", StringComparison.Ordinal) ? "true" : "false"));
        good.Bundle.Save();
        created.Create().Ok();
        var empty = runtime.Scratch.Folder("empty", good.Id);
        var words = call.Split(' ').Select(Fill).ToArray();
        var result = runtime.Call(new Caller(Directory: empty), words);

        Assert.True(result.ExitCode == code, $"expected exit code {code}\n{result}");
        // Usage errors come with the command's help on standard output; the error itself is one line.
        Assert.Contains(Fill(named), ErrorLine.MessageOf(result), StringComparison.Ordinal);
        if (!result.Output.StartsWith("Incorrect Usage.", StringComparison.Ordinal)) Assert.Equal("", result.Output);
        Assert.Empty(Directory.GetFileSystemEntries(empty));
        Assert.Empty(runtime.LeftOf(good.Id));
        Assert.Equal("created", created.Status);

        string Fill(string word) => word
            .Replace("@", created.Id, StringComparison.Ordinal)
            .Replace("#", good.Id, StringComparison.Ordinal)
            .Replace("%", good.Bundle.Directory, StringComparison.Ordinal)
            .Replace("$", empty, StringComparison.Ordinal)
            .Replace("LONG", "/" + string.Join('/', Enumerable.Repeat(new string('x', 250), 20)), StringComparison.Ordinal);
    }
}
