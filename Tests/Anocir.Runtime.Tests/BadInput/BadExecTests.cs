using System.Net.Sockets;

namespace Anocir.Runtime.Tests.BadInput;

/// <summary>Execs that cannot be understood or done: one line of error, exit code 255, and the container as it was.</summary>
public sealed class BadExecTests : IClassFixture<RuntimeFixture>, IDisposable
{
    private const string Document = """{ "args": ["true"], "cwd": "/", "env": ["PATH=/bin"] }""";
    private readonly RuntimeFixture _runtime;
    private readonly Container _container;

    public BadExecTests(RuntimeFixture runtime)
    {
        runtime.RequireAnocir("other words, and runc takes much of it");
        _runtime = runtime;
        _container = runtime.Running();
    }

    public void Dispose() => _container.Dispose();

    [SkippableTheory]
    [InlineData("--user", "alice", "alice")]
    [InlineData("--user", "-1", "-1")]
    [InlineData("--user", "0x10", "0x10")]
    [InlineData("--user", "1000;0", "1000;0")]
    [InlineData("--user", "1000 ", "1000 ")]
    [InlineData("--user", "1000:", "for gid")]
    [InlineData("--user", ":1000", "for uid")]
    [InlineData("--user", "1:2:3", "1:2:3")]
    [InlineData("--user", "99999999999", "99999999999")]
    [InlineData("--user", "4294967295", "4294967295")]
    [InlineData("--user", "0:4294967295", "4294967295")]
    [InlineData("--additional-gids", "wheel", "wheel")]
    [InlineData("--additional-gids", "-5", "-5")]
    [InlineData("--additional-gids", "4294967295", "4294967295")]
    [InlineData("--cwd", "relative", "Cwd must be an absolute path")]
    [InlineData("--cwd", "/nowhere", "/nowhere")]
    [InlineData("--cwd", "/etc/passwd", "/etc/passwd")]
    [InlineData("--env", "NOVALUE", "invalid environment")]
    [InlineData("--env", "=value", "invalid environment")]
    [InlineData("--apparmor", "profile", "apparmor")]
    [InlineData("--process-label", "system_u:object_r:x:s0", "selinux")]
    [InlineData("--process", "/nowhere/process.json", "/nowhere/process.json")]
    [InlineData("--process", "/", "not a regular file")]
    [InlineData("--process", "/dev/zero", "not a regular file")]
    [InlineData("--cgroup", "../../..", "bad sub cgroup path")]
    [InlineData("--cgroup", "pids:../x", "bad sub cgroup path")]
    [InlineData("--cgroup", "nothere", "nothere")]
    [InlineData("--cgroup", "nope:x", "unknown controller nope")]
    [InlineData("--cgroup", ":x", "empty <controller> prefix")]
    [InlineData("--cgroup", "pids,pids:", "specified multiple times")]
    [InlineData("--preserve-fds", "-1", "-1")]
    [InlineData("--preserve-fds", "5", "is not open")]
    [InlineData("--preserve-fds", "100000", "100000")]
    [InlineData("--pidfd-socket", "/nowhere/pidfd.sock", "/nowhere/pidfd.sock")]
    [InlineData("--pidfd-socket", "/etc/passwd", "/etc/passwd")]
    [InlineData("--pid-file", "/nowhere/pid", "/nowhere")]
    [InlineData("--pid-file", "/etc/passwd/pid", "/etc/passwd")]
    public void Bad_flag_is_refused_in_words(string flag, string value, string named)
    {
        if (flag == "--cgroup") Skip.If(Cgroups.IsUnified("pids"), "version 2 knows no controllers here");
        var message = ErrorLine.MessageOf(_container.PrepareExec(new Caller(), [flag, value], "/bin/sh", "-c", "sleep 1000").Run().Exits(255));
        Assert.StartsWith("exec failed: ", message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
        AssertAsItWas();
    }

    [SkippableTheory]
    [InlineData("nothere", "exec: \"nothere\": executable file not found in $PATH")]
    [InlineData("/nothere", "no such file or directory")]
    [InlineData("/etc/passwd", "permission denied")]
    [InlineData("/bin", "exec: \"/bin\"")]
    [InlineData("/tmp/text", "exec format error")]
    [InlineData("", "exec: \"\"")]
    public void Program_that_cannot_be_run_is_named(string program, string text)
    {
        File.WriteAllText(_container.Bundle.InRootfs("/tmp/text"), "no interpreter, no ELF\n");
        File.SetUnixFileMode(_container.Bundle.InRootfs("/tmp/text"), (UnixFileMode)0x1ED);
        foreach (var flags in new string[][] { [], ["--detach"], ["--user", "1000"] })
        {
            var message = ErrorLine.MessageOf(_container.PrepareExec(new Caller(), flags, program).Run().Exits(255));
            Assert.Contains(text, message, StringComparison.Ordinal);
            AssertAsItWas();
        }
    }

    [SkippableTheory]
    [InlineData("", "process")]
    [InlineData("{", "process")]
    [InlineData("[]", "process")]
    [InlineData("null", "process")]
    [InlineData("not json", "process")]
    [InlineData("{}", "args")]
    [InlineData("""{ "cwd": "/" }""", "args")]
    [InlineData("""{ "args": [], "cwd": "/" }""", "args")]
    [InlineData("""{ "args": ["true"] }""", "cwd")]
    [InlineData("""{ "args": ["true"], "cwd": "" }""", "cwd")]
    [InlineData("""{ "args": ["true"], "cwd": "here" }""", "absolute")]
    [InlineData("""{ "args": "true", "cwd": "/" }""", "args")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "user": { "uid": -1 } }""", "uid")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "user": { "uid": "0" } }""", "uid")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "user": { "umask": 1000 } }""", "umask")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "env": ["A"] }""", "env")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "env": "A=1" }""", "env")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "rlimits": [{ "type": "RLIMIT_NOPE", "soft": 1, "hard": 1 }] }""", "RLIMIT_NOPE")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "rlimits": [{ "type": "RLIMIT_NOFILE", "soft": 9, "hard": 1 }] }""", "rlimits[0].soft")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "oomScoreAdj": 5000 }""", "oomScoreAdj")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "execCPUAffinity": { "initial": "9-1" } }""", "ffinity")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "execCPUAffinity": { "final": "x" } }""", "ffinity")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "execCPUAffinity": { "initial": "4000-4001" } }""", "ffinity")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "ioPriority": { "class": "IOPRIO_CLASS_NOPE", "priority": 1 } }""", "ioPriority")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "scheduler": { "policy": "SCHED_NOPE" } }""", "SCHED_NOPE")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "capabilities": { "bounding": "CAP_KILL" } }""", "capabilities")]
    [InlineData("""{ "args": ["nul\u0000byte"], "cwd": "/" }""", "args")]
    [InlineData("""{ "args": ["true"], "cwd": "/", "terminal": "yes" }""", "terminal")]
    public void Bad_document_is_refused_in_words(string json, string named)
    {
        var file = _runtime.Scratch.File($"bad{Guid.NewGuid():n}.json");
        File.WriteAllText(file, json);
        var message = ErrorLine.MessageOf(_container.PrepareExec(new Caller(), ["--process", file]).Run().Exits(255));
        Assert.Contains(named, message, StringComparison.OrdinalIgnoreCase);
        AssertAsItWas();
    }

    [SkippableFact]
    public void Document_without_end_is_refused()
    {
        var file = _runtime.Scratch.File("endless.json");
        File.WriteAllText(file, "{ \"args\": [\"" + new string('x', 20_000_000) + "\"], \"cwd\": \"/\" }");
        ErrorLine.MessageOf(_container.PrepareExec(new Caller(), ["--process", file]).Run().Exits(255));
        AssertAsItWas();
    }

    [SkippableTheory]
    [InlineData(new[] { "--detach", "--tty" }, "cannot allocate tty if runc will detach without setting console socket")]
    [InlineData(new[] { "--tty", "--console-socket", "SOCKET" }, "cannot use console socket if runc will not detach or allocate tty")]
    [InlineData(new[] { "--detach", "--console-socket", "SOCKET" }, "cannot use console socket if runc will not detach or allocate tty")]
    [InlineData(new[] { "--detach", "--tty", "--console-socket", "/nowhere/console.sock" }, "/nowhere/console.sock")]
    [InlineData(new[] { "--detach", "--tty", "--console-socket", "/etc/passwd" }, "/etc/passwd")]
    [InlineData(new[] { "--cgroup", "pids:a", "--cgroup", "b" }, "missing <controller>: prefix")]
    [InlineData(new[] { "--cgroup", "pids:", "--cgroup", "pids:" }, "specified multiple times")]
    public void Flags_that_do_not_go_together_are_refused(string[] flags, string text)
    {
        var socket = _runtime.Scratch.File("unused.sock");
        File.Delete(socket);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socket));
        listener.Listen();
        var message = ErrorLine.MessageOf(_container.PrepareExec(new Caller(), [.. flags.Select(f => f == "SOCKET" ? socket : f)], "sleep", "1000").Run().Exits(255));
        Assert.Contains(text, message, StringComparison.Ordinal);
        AssertAsItWas();
    }

    [SkippableTheory]
    [InlineData("exec", "requires a minimum of 1 argument")]
    [InlineData("exec ID", "args cannot be empty")]
    [InlineData("exec --nope ID true", "flag provided but not defined: -nope")]
    [InlineData("exec --user", "flag needs an argument: -user")]
    [InlineData("exec --tty=maybe ID true", "invalid boolean value \"maybe\" for -tty")]
    [InlineData("exec --preserve-fds x ID true", "invalid value \"x\" for flag -preserve-fds")]
    [InlineData("exec ../x true", "container does not exist")]
    public void Bad_call_is_an_error(string line, string text)
    {
        var result = _runtime.Call([.. line.Split(' ').Select(w => w == "ID" ? _container.Id : w)]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(text, result.Error.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
        AssertAsItWas();
    }

    [SkippableFact]
    public void Document_and_arguments_together_are_the_document()
    {
        var file = _runtime.Scratch.File("good.json");
        File.WriteAllText(file, Document.Replace("true", "pwd", StringComparison.Ordinal));
        _container.PrepareExec(new Caller(), ["--process", file], "false").Run().Ok().Prints("/");
    }

    /// <summary>The container runs, with its init alone.</summary>
    private void AssertAsItWas()
    {
        Assert.Equal("running", _container.Status);
        var alone = new[] { _container.Pid.ToString(CultureInfo.InvariantCulture) };
        Until.True(() => JsonNode.Parse(_runtime.Call("ps", "-f", "json", _container.Id).Ok().Output)!.AsArray().Select(p => p!.ToString()).SequenceEqual(alone), "init to be alone");
    }
}
