namespace Anocir.Conformance.Tests.ConfigLinux;

public sealed class SeccompTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string Make = "mkdir /tmp/made 2>&1; echo status $?";

    [SkippableTheory]
    [InlineData("SCMP_ACT_KILL", "Bad system call", 159)]
    [InlineData("SCMP_ACT_KILL_PROCESS", "Bad system call", 159)]
    [InlineData("SCMP_ACT_KILL_THREAD", "Bad system call", 159)]
    [InlineData("SCMP_ACT_TRAP", "Bad system call", 159)]
    [InlineData("SCMP_ACT_ERRNO", "Operation not permitted", 1)]
    [InlineData("SCMP_ACT_TRACE", "Operation not permitted", 1)]
    [InlineData("SCMP_ACT_ALLOW", "", 0)]
    [InlineData("SCMP_ACT_LOG", "", 0)]
    [Clause("config-linux.md", "seccomp", Strength.Must, 106)]
    public void Action_is_done_for_the_calls_named(string action, string words, int status)
    {
        var seen = runtime.Inside(Make, Rule($$"""{"names":["mkdir","mkdirat"],"action":"{{action}}"}"""));
        // SCMP_ACT_TRACE without a tracer answers ENOSYS where no errno is given, and libseccomp gives the default one.
        if (action == "SCMP_ACT_TRACE") Assert.Matches("Operation not permitted|Function not implemented", seen);
        else if (words == "Operation not permitted") Assert.Contains(words, seen, StringComparison.Ordinal);
        Assert.EndsWith($"status {status}", seen, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("SCMP_ACT_ERRNO", 38, "Function not implemented")]
    [InlineData("SCMP_ACT_ERRNO", 28, "No space left on device")]
    [Clause("config-linux.md", "seccomp", Strength.Must, 106)]
    public void Errno_is_the_one_configured(string action, int errno, string words) =>
        Assert.Contains(words, runtime.Inside(Make, Rule($$"""{"names":["mkdir","mkdirat"],"action":"{{action}}","errnoRet":{{errno}}}""")), StringComparison.Ordinal);

    [SkippableTheory]
    [InlineData("SCMP_ACT_KILL")]
    [InlineData("SCMP_ACT_KILL_PROCESS")]
    [InlineData("SCMP_ACT_TRAP")]
    [InlineData("SCMP_ACT_ALLOW")]
    [InlineData("SCMP_ACT_LOG")]
    [Clause("config-linux.md", "seccomp", Strength.Must, 106)]
    public void Errno_of_an_action_that_has_none_is_an_error(string action) =>
        runtime.Refuses(Rule($$"""{"names":["mkdir"],"action":"{{action}}","errnoRet":1}"""));

    [SkippableFact]
    [Clause("config-linux.md", "seccomp", Strength.Must, 106)]
    public void Errno_of_a_default_action_that_has_none_is_an_error() =>
        runtime.Refuses(c => c.Set("linux.seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1}"""));

    [SkippableTheory]
    [InlineData("SCMP_CMP_EQ", 18, 0, "18")]
    [InlineData("SCMP_CMP_NE", 18, 0, "17 23 28")]
    [InlineData("SCMP_CMP_LT", 18, 0, "17")]
    [InlineData("SCMP_CMP_LE", 18, 0, "17 18")]
    [InlineData("SCMP_CMP_GT", 18, 0, "23 28")]
    [InlineData("SCMP_CMP_GE", 18, 0, "18 23 28")]
    [InlineData("SCMP_CMP_MASKED_EQ", 24, 24, "28")]
    [Clause("config-linux.md", "seccomp", Strength.Must, 106)]
    public void Rule_holds_for_the_arguments_configured(string op, int value, int second, string denied)
    {
        // Signals that do nothing to a shell by default: 17 CHLD, 18 CONT, 23 URG, 28 WINCH.
        var seen = runtime.Inside("for s in 17 18 23 28; do kill -$s $$ 2>/dev/null || echo $s; done",
            Rule($$"""{"names":["kill"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":{{value}},"valueTwo":{{second}},"op":"{{op}}"}]}"""));
        Assert.Equal(denied, string.Join(' ', seen.Split('\n')));
    }

    [SkippableTheory]
    [InlineData("SECCOMP_FILTER_FLAG_TSYNC")]
    [InlineData("SECCOMP_FILTER_FLAG_LOG")]
    [InlineData("SECCOMP_FILTER_FLAG_SPEC_ALLOW")]
    [Clause("config-linux.md", "seccomp", Strength.Must, 107)]
    public void Flag_of_the_filter_is_known(string flag) =>
        Assert.Equal("Seccomp:\t2", runtime.Inside("grep ^Seccomp: /proc/self/status", c => c.Set("linux.seccomp", $$"""{"defaultAction":"SCMP_ACT_ALLOW","flags":["{{flag}}"]}""")));

    [SkippableFact]
    [Clause("config-linux.md", "seccomp", Strength.Must, 107)]
    public void Flag_of_the_filter_that_is_unknown_is_an_error() =>
        runtime.Refuses(c => c.Set("linux.seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_BOGUS"]}"""));

    [SkippableFact]
    [Clause("config-linux.md", "seccomp", Strength.Must, 71)]
    public void Architecture_that_is_unknown_is_an_error() =>
        runtime.Refuses(c => c.Set("linux.seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_BOGUS"]}"""));

    [SkippableFact]
    [Clause("config-linux.md", "seccomp", Strength.Must, 108)]
    public void Listener_is_sent_one_state_of_the_process_with_the_descriptor()
    {
        using var receiver = new DescriptorReceiver(runtime);
        using var container = runtime.Container(Rule("""{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_NOTIFY"}"""));
        container.Bundle.Config.Args("sleep", "1000").Set("linux.seccomp.listenerPath", $"\"{receiver.Path}\"").Set("linux.seccomp.listenerMetadata", "\"some text\"");
        container.Create().Ok();
        container.Start().Ok();
        var (payload, descriptor) = receiver.Receive();
        Native.Close(descriptor);
        var state = JsonNode.Parse(payload)!;
        Assert.Equal("some text", (string?)state["metadata"]);
        Assert.Equal(["seccompFd"], state["fds"]!.AsArray().Select(fd => (string?)fd));
        Assert.Equal(container.Pid, (int)state["pid"]!);
        Assert.Equal(container.Id, (string?)state["state"]!["id"]);
    }

    [SkippableFact]
    [Clause("config-linux.md", "seccomp", Strength.Must, 108)]
    public void Listener_that_is_not_there_is_an_error() =>
        runtime.RefusesAtStartAtTheLatest(c =>
        {
            Rule("""{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}""")(c);
            c.Set("linux.seccomp.listenerPath", "\"/not/there\"");
        });

    [SkippableFact]
    [Clause("config-linux.md", "seccomp", Strength.MustNot, 109)]
    public void Metadata_without_a_listener_are_an_error() =>
        runtime.Refuses(c => c.Set("linux.seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","listenerMetadata":"some text"}"""));

    [SkippableFact]
    [Clause("config-linux.md", "seccomp", Strength.Must, 110)]
    public void Rule_without_a_name_is_an_error() => runtime.Refuses(Rule("""{"names":[],"action":"SCMP_ACT_ERRNO"}"""));

    private static Action<JsonObject> Rule(string rule) =>
        c => c.Set("linux.seccomp", $$"""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{{rule}}]}""");
}
