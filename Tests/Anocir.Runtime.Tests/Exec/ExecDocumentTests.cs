namespace Anocir.Runtime.Tests.Exec;

/// <summary>exec --process: a whole process in a file, and what is the container's where it is silent.</summary>
public sealed class ExecDocumentTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string Bare = """{ "args": ["/bin/sh", "-c", "SCRIPT"], "cwd": "/", "env": ["PATH=/bin"], "user": { "uid": 0, "gid": 0 } }""";

    [SkippableFact]
    public void Every_field_of_the_document_is_obeyed()
    {
        using var container = runtime.Running();
        var result = Run(container, """
            {
              "args": ["/bin/sh", "-c", "SCRIPT"], "cwd": "/tmp", "env": ["PATH=/bin", "D=d"],
              "user": { "uid": 1000, "gid": 1000, "additionalGids": [7, 8] },
              "capabilities": { "bounding": ["CAP_CHOWN", "CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"] },
              "rlimits": [{ "type": "RLIMIT_NOFILE", "soft": 200, "hard": 300 }],
              "noNewPrivileges": true
            }
            """, "pwd; echo $D${A:-none}; id -u; id -g; grep -E '^(Groups|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs)' /proc/self/status | cut -f2; ulimit -Sn; ulimit -Hn").Ok();
        Assert.Equal(
            ["/tmp", "dnone", "1000", "1000", "7 8", "0000000000000020", "0000000000000020", "0000000000000020", "0000000000000021", "0000000000000020", "1", "200", "300"],
            result.Lines.Select(l => l.Trim()));
    }

    [SkippableFact]
    public void What_the_document_leaves_out_is_the_containers()
    {
        using var container = runtime.Running(c => c.Set("process.user.umask", "63").Set("process.oomScoreAdj", "400")
            .Set("process.rlimits", """[{"type":"RLIMIT_NOFILE","soft":123,"hard":456}]"""));
        var result = Run(container, Bare, "umask; ulimit -Sn; cat /proc/self/oom_score_adj; grep CapBnd /proc/self/status | cut -f2; grep NoNewPrivs /proc/self/status | cut -f2; echo ${A:-none}").Ok();
        // no_new_privs is false where a document does not say it, and the environment is all its own.
        Assert.Equal(["0077", "123", "400", "0000000008000023", "0", "none"], result.Lines);
    }

    [SkippableFact]
    public void Document_says_the_user_whatever_the_containers()
    {
        using var container = runtime.Running(c => c.Set("process.user", """{"uid":1000,"gid":1000,"additionalGids":[5]}"""));
        Run(container, """{ "args": ["/bin/sh", "-c", "SCRIPT"], "cwd": "/", "env": ["PATH=/bin"] }""", "id -u; id -g; grep Groups /proc/self/status | cut -f2").Ok().Prints("0\n0");
    }

    [SkippableFact]
    public void Terminal_of_the_document_is_relayed_in_the_foreground()
    {
        using var container = runtime.Running();
        using var terminal = TestTerminal.Open();
        terminal.Resize(12, 34);
        var document = Document("""{ "terminal": true, "args": ["/bin/sh", "-c", "tty; stty size; exit 3"], "cwd": "/", "env": ["PATH=/bin"] }""", "");
        container.PrepareExec(new Caller(Terminal: terminal.Slave, Wrapper: "/usr/bin/setsid --ctty --wait"), ["--process", document]).Run().Exits(3);
        terminal.WaitFor("/dev/pts/0");
        if (RuntimeFixture.IsAnocir) terminal.WaitFor("12 34");
    }

    [SkippableFact]
    public void Path_of_the_document_is_relative_to_the_caller()
    {
        using var container = runtime.Running();
        var folder = runtime.Scratch.Folder("documents");
        File.WriteAllText(Path.Combine(folder, "p.json"), Bare.Replace("SCRIPT", "echo here", StringComparison.Ordinal));
        container.PrepareExec(new Caller(Directory: folder), ["-p", "p.json"]).Run().Ok().Prints("here");
    }

    private CommandResult Run(Container container, string json, string script) =>
        container.PrepareExec(new Caller(), ["--process", Document(json, script)]).Run();

    private string Document(string json, string script)
    {
        var path = runtime.Scratch.File($"process{Guid.NewGuid():n}.json");
        File.WriteAllText(path, json.Replace("SCRIPT", script, StringComparison.Ordinal));
        return path;
    }
}
