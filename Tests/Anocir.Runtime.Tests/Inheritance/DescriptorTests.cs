namespace Anocir.Runtime.Tests.Inheritance;

/// <summary>Which of the caller's descriptors arrive in a container: 0, 1, 2, and what was asked for.</summary>
public sealed class DescriptorTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    /// <summary>Prints the descriptors of the shell: it opens none of its own to start another program.</summary>
    private const string ShowDescriptors = "ls -l /proc/$$/fd";

    [SkippableFact]
    public void Container_has_0_1_and_2_only()
    {
        using var container = runtime.Container(c => c.Script(ShowDescriptors));
        container.Run().Ok();
        Assert.Equal(["0", "1", "2"], Numbers(container.Output));
    }

    [SkippableTheory]
    [InlineData("create")]
    [InlineData("run")]
    public void Open_descriptors_of_the_caller_do_not_arrive(string verb)
    {
        using var container = runtime.Container(c => c.Script(ShowDescriptors));
        var caller = new Caller(Redirections: "3</etc/passwd 4</ 5<>/dev/null 8</proc 9</tmp");
        container.Prepare(verb, caller).Run().Ok();
        if (verb == "create") container.Start().Ok();
        Until.True(() => Numbers(container.Output).Contains("2"), "its output");
        container.WaitGone();
        Assert.Equal(["0", "1", "2"], Numbers(container.Output));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public void Preserved_descriptors_arrive_at_their_numbers(int count)
    {
        runtime.RequireAnocir("runc 1.1.5 hands on more than was asked for");
        using var container = runtime.Container(c => c.Script(ShowDescriptors + "; cat <&3"));
        var passed = runtime.Scratch.File($"passed{count}");
        File.WriteAllText(passed, "from outside\n");
        container.Prepare("run", new Caller(Redirections: $"3<{passed} 4</dev/zero 5</dev/full 6</etc/passwd 7</"), "--preserve-fds", $"{count}").Run().Ok();
        Assert.Equal(Enumerable.Range(0, 3 + count).Select(n => $"{n}"), Numbers(container.Output));
        Assert.EndsWith("from outside\n", container.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Preserved_descriptor_that_is_not_open_is_refused_by_number()
    {
        runtime.RequireAnocir("runc 1.1 does not look");
        using var container = runtime.Container();
        var message = ErrorLine.MessageOf(container.Prepare("create", new Caller(Redirections: "3</dev/null"), "--preserve-fds=2").Run().Exits(1));
        if (RuntimeFixture.IsAnocir) Assert.Contains("descriptor 4 is not open", message, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Listening_descriptors_arrive_with_their_variables()
    {
        using var container = runtime.Container(c => c.Script(ShowDescriptors + "; echo $LISTEN_FDS $LISTEN_PID ${LISTEN_FDNAMES:-none}"));
        var caller = new Caller(
            Before: "export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=a:b;", Redirections: "3</dev/zero 4</dev/full 5</etc/passwd 6</");
        container.Prepare("run", caller, "--preserve-fds", "1").Run().Ok();
        Assert.Equal(["0", "1", "2", "3", "4", "5"], Numbers(container.Output));
        Assert.EndsWith("2 1 none\n", container.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Listening_descriptors_of_another_process_are_not_for_the_container()
    {
        using var container = runtime.Container(c => c.Script(ShowDescriptors + "; echo ${LISTEN_FDS:-none}"));
        var caller = new Caller(Before: "export LISTEN_PID=1 LISTEN_FDS=2;", Redirections: "3</dev/zero 4</dev/full");
        container.Prepare("run", caller).Run().Ok();
        Assert.Equal(["0", "1", "2"], Numbers(container.Output));
        Assert.EndsWith("none\n", container.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Waiting_init_holds_nothing_of_the_hosts_file_system()
    {
        using var container = runtime.Container();
        var secret = runtime.Scratch.File("secret");
        File.WriteAllText(secret, "s");
        container.Prepare("create", new Caller(Redirections: $"3<{secret} 4</ 5</proc 6</sys/fs/cgroup")).Run().Ok();
        var held = Directory.GetFiles($"/proc/{container.Pid}/fd")
            .ToDictionary(path => Path.GetFileName(path), path => new FileInfo(path).LinkTarget ?? "");
        var root = new FileInfo($"/proc/{container.Pid}/root").LinkTarget;
        Assert.Equal("/", root);
        foreach (var (number, target) in held.Where(h => h.Key is not ("0" or "1" or "2")))
        {
            Assert.DoesNotContain(secret, target, StringComparison.Ordinal);
            // Anonymous things only: sockets, memfds, pidfds, pipes, the fifo of start; no directory, no path of the host.
            Assert.True(
                target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("anon_inode:", StringComparison.Ordinal)
                || target.StartsWith("pipe:", StringComparison.Ordinal) || target.StartsWith("/memfd:", StringComparison.Ordinal)
                // The .NET runtime's source of randomness, close-on-exec: a device without content of the host's.
                || target == "/dev/urandom"
                || target.EndsWith("/exec.fifo", StringComparison.Ordinal),
                $"init holds {number} -> {target}");
        }
    }

    [SkippableFact]
    public void Waiting_init_cannot_be_looked_into_by_the_container()
    {
        runtime.RequireAnocir("runc is dumpable at that point");
        using var first = runtime.Container(c => c.Args("sleep", "1000"));
        first.Create().Ok();
        // Not dumpable: its files in /proc belong to root of the initial user namespace, whatever its ids.
        var pid = first.Pid;
        first.Start().Ok();
        using var second = runtime.Container(c => c
            .Set("linux.namespaces.0", $$"""{"type":"pid","path":"/proc/{{pid}}/ns/pid"}""")
            .Set("process.user.uid", "1000").Set("process.user.gid", "1000"));
        second.Create().Ok();
        var link = Command.Run("/usr/bin/stat", "-c", "%u", $"/proc/{second.Pid}/fd").Ok().Text;
        Assert.Equal("0", link);
    }

    private static string[] Numbers(string output) =>
        [.. output.Split('\n').Where(line => line.Contains(" -> ", StringComparison.Ordinal)).Select(line => line.Split(" -> ")[0].Split(' ')[^1])];
}
