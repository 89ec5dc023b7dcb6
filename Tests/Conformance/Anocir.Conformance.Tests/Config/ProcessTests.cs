namespace Anocir.Conformance.Tests.Config;

public sealed class ProcessTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    [Clause("config.md", "process", Strength.Must, 47)]
    public void Size_of_the_console_is_ignored_without_a_terminal() =>
        Assert.Equal("ran", runtime.Inside("echo ran", c => c.Set("process.consoleSize", """{"height":10,"width":20}""")));

    [SkippableFact]
    [Clause("config.md", "process", Strength.Must, 47)]
    public void Terminal_is_given_the_size_of_the_console()
    {
        using var receiver = new DescriptorReceiver(runtime);
        using var container = runtime.Container(c => c.Script("tty; stty size; exec sleep 1000")
            .Set("process.terminal", "true").Set("process.consoleSize", """{"height":10,"width":20}"""));
        container.Create("--console-socket", receiver.Path).Ok();
        using var terminal = TestTerminal.Over(receiver.Receive().Descriptor);
        container.Start().Ok();
        terminal.WaitFor("10 20");
        Assert.DoesNotContain("not a tty", terminal.Shown, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Clause("config.md", "process", Strength.Must, 48)]
    public void Program_starts_in_the_working_directory() => Assert.Equal("/usr", runtime.Inside("/bin/pwd -P", c => c.Set("process.cwd", "\"/usr\"")));

    [SkippableFact]
    [Clause("config.md", "process", Strength.Must, 48)]
    public void Working_directory_that_is_not_absolute_is_an_error() =>
        runtime.RefusesAtStartAtTheLatest(c => c.Set("process.cwd", "\"tmp\""));

    [SkippableFact]
    [Clause("config.md", "process", Strength.Must, 49)]
    public void Arguments_are_required()
    {
        runtime.RefusesAtStartAtTheLatest(c => c.Set("process.args", "[]"));
        runtime.RefusesAtStartAtTheLatest(c => c.Set("process.args", null));
    }

    [SkippableFact]
    [Clause("config.md", "process", Strength.Must, 49)]
    public void Program_is_looked_for_in_the_path_of_its_own_environment()
    {
        using var container = runtime.Container(c => c.Args("tool", "b").Set("process.env", """["PATH=/nowhere:/usr/tools:/bin"]"""));
        Directory.CreateDirectory(container.Bundle.InRootfs("/usr/tools"));
        File.WriteAllText(container.Bundle.InRootfs("/usr/tools/tool"), "#!/bin/sh\necho $0 $*\n");
        File.SetUnixFileMode(container.Bundle.InRootfs("/usr/tools/tool"), (UnixFileMode)0b111_101_101);
        container.Run().Ok();
        Assert.Equal("/usr/tools/tool b\n", container.Output);
    }

    [SkippableFact]
    [Clause("config.md", "process", Strength.Must, 49)]
    public void Program_with_a_slash_is_not_looked_for() =>
        Assert.Equal("relative", runtime.Inside("echo relative", c => c.Set("process.args.0", "\"./sh\"").Set("process.cwd", "\"/bin\"")));

    [SkippableFact]
    [Clause("config.md", "process", Strength.Must, 49)]
    public void Environment_is_the_one_configured()
    {
        var seen = runtime.Inside("", c => c.Args("/bin/env").Set("process.env", """["PATH=/bin","EMPTY=","A=1=2","HOME=/tmp"]"""));
        Assert.Equal(["PATH=/bin", "EMPTY=", "A=1=2", "HOME=/tmp"], seen.Split('\n').Where(line => line.Length > 0));
    }

    [SkippableTheory]
    [InlineData("RLIMIT_AS", "Max address space", 4000000000, 5000000000)]
    [InlineData("RLIMIT_CORE", "Max core file size", 4096, 8192)]
    [InlineData("RLIMIT_CPU", "Max cpu time", 100, 200)]
    [InlineData("RLIMIT_DATA", "Max data size", 4000000000, 5000000000)]
    [InlineData("RLIMIT_FSIZE", "Max file size", 4000000, 5000000)]
    [InlineData("RLIMIT_LOCKS", "Max file locks", 10, 20)]
    [InlineData("RLIMIT_MEMLOCK", "Max locked memory", 4096, 8192)]
    [InlineData("RLIMIT_MSGQUEUE", "Max msgqueue size", 4096, 8192)]
    [InlineData("RLIMIT_NICE", "Max nice priority", 0, 0)]
    [InlineData("RLIMIT_NOFILE", "Max open files", 100, 200)]
    [InlineData("RLIMIT_NPROC", "Max processes", 1000, 2000)]
    [InlineData("RLIMIT_RSS", "Max resident set", 4000000000, 5000000000)]
    [InlineData("RLIMIT_RTPRIO", "Max realtime priority", 0, 0)]
    [InlineData("RLIMIT_RTTIME", "Max realtime timeout", 100000, 200000)]
    [InlineData("RLIMIT_SIGPENDING", "Max pending signals", 100, 200)]
    [InlineData("RLIMIT_STACK", "Max stack size", 4000000, 5000000)]
    [Clause("config.md", "posix-process", Strength.Must, 50)]
    public void Limit_is_exactly_the_one_configured(string type, string name, long soft, long hard)
    {
        var limits = runtime.Inside("cat /proc/self/limits", c => c.Set("process.rlimits", $$"""[{"type":"{{type}}","soft":{{soft}},"hard":{{hard}}}]"""));
        var values = limits.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([$"{soft}", $"{hard}"], values[..2]);
    }

    [SkippableFact]
    [Clause("config.md", "posix-process", Strength.Must, 50)]
    public void Limit_of_an_unknown_type_is_an_error() =>
        runtime.RefusesAtStartAtTheLatest(c => c.Set("process.rlimits", """[{"type":"RLIMIT_BOGUS","soft":1,"hard":1}]"""));

    [SkippableFact]
    [Clause("config.md", "posix-process", Strength.Must, 50)]
    public void Limit_of_one_type_given_twice_is_an_error() =>
        runtime.RefusesAtStartAtTheLatest(c => c.Set("process.rlimits", """[{"type":"RLIMIT_NOFILE","soft":10,"hard":20},{"type":"RLIMIT_NOFILE","soft":10,"hard":20}]"""));

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.Must, 52)]
    public void Score_of_the_oom_killer_is_the_one_configured() =>
        Assert.Equal("555", runtime.Inside("cat /proc/self/oom_score_adj", c => c.Set("process.oomScoreAdj", "555")));

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.MustNot, 52)]
    public void Score_of_the_oom_killer_stays_the_callers_when_not_configured() =>
        Assert.Equal("321", runtime.Inside("cat /proc/self/oom_score_adj", new Caller(Before: "echo 321 >/proc/self/oom_score_adj;")));

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.Must, 23)]
    public void No_new_privileges_is_set_when_configured()
    {
        Assert.Equal("NoNewPrivs:\t1", runtime.Inside("grep NoNewPrivs /proc/self/status"));
        Assert.Equal("NoNewPrivs:\t0", runtime.Inside("grep NoNewPrivs /proc/self/status", c => c.Set("process.noNewPrivileges", "false")));
    }
}
