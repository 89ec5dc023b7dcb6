using System.Security.Cryptography;

namespace Anocir.Runtime.Tests.Hostile;

/// <summary>Containers that lie in wait for whoever joins them.</summary>
public sealed class HostileExecTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string AllCapabilities = """["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_DAC_READ_SEARCH","CAP_KILL","CAP_SYS_PTRACE","CAP_SYS_ADMIN","CAP_SETUID","CAP_SETGID","CAP_MKNOD"]""";

    /// <summary>
    /// CVE-2016-9962: looks at every process it did not know, as fast as it can, and prints each descriptor, root and memory map that it could see
    /// of one that is not a program of the container's.
    /// </summary>
    private const string Spy = """
        echo spying
        until [ -e /tmp/stop ]; do
          for p in /proc/[0-9]*; do
            case $p in /proc/1|/proc/$$) continue;; esac
            l=$(ls -l $p/fd $p/exe $p/root 2>/dev/null)
            case "$l" in *memfd:anocir*|*socket:*|*/anocir*|*cgroup*|*anon_inode*) echo "LEAK $l";; esac
            e=$(tr '\0' ' ' < $p/environ 2>/dev/null)
            case "$e" in *ANOCIR*|*HOST_SECRET*) echo "LEAK $e";; esac
          done
        done
        echo stopped
        """;

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Joining_process_cannot_be_looked_into(bool userNamespace)
    {
        runtime.Require();
        using var container = runtime.Container(c =>
        {
            c.Script(Spy);
            // In a namespace of its own the spy has every right there is; on the host's users, those that a container usually has.
            if (!userNamespace) return;
            c.InUserNamespace();
            foreach (var set in new[] { "bounding", "effective", "permitted" }) c.Set($"process.capabilities.{set}", AllCapabilities);
        });
        if (userNamespace) Command.Run("/bin/chmod", "1777", container.Bundle.InRootfs("/tmp")).Ok();
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("spying");
        var secret = new Caller(Redirections: "7</etc/shadow", Environment: new Dictionary<string, string?> { ["HOST_SECRET"] = "x" });
        for (var round = 0; round < 40; round++) container.PrepareExec(secret, [], "/bin/true").Run().Ok();
        // From outside: an exec would be ended with the container that it stops.
        File.WriteAllText(container.Bundle.InRootfs("/tmp/stop"), "");
        container.WaitForOutput("stopped");
        Assert.DoesNotContain("LEAK", container.Output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("/proc/self/exe")]
    [InlineData("/entry")]
    [InlineData("/link")]
    public void Program_of_the_host_cannot_be_overwritten_through_an_exec(string program)
    {
        // CVE-2019-5736.
        using var container = runtime.Container(c => c.Script("""
            until [ -e /tmp/stop ]; do
              for p in /proc/[0-9]*; do case $p in /proc/1) ;; *) (echo X > $p/exe) 2>/dev/null; (exec 9>> $p/exe && echo X >&9) 2>/dev/null;; esac; done
            done
            """));
        string Hash() => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(RuntimeUnderTest.Path)));
        var before = Hash();
        File.WriteAllText(container.Bundle.InRootfs("/entry"), "#!/proc/self/exe\n");
        File.SetUnixFileMode(container.Bundle.InRootfs("/entry"), (UnixFileMode)0x1ED);
        File.CreateSymbolicLink(container.Bundle.InRootfs("/link"), "/proc/self/exe");
        container.Create().Ok();
        container.Start().Ok();
        for (var round = 0; round < 10; round++) container.Exec(program, "--version");
        // From outside: an exec would be ended with the container that it stops.
        File.WriteAllText(container.Bundle.InRootfs("/tmp/stop"), "");
        Assert.Equal(before, Hash());
    }

    [SkippableFact]
    public void Working_directory_by_a_descriptor_is_no_way_out()
    {
        // CVE-2024-21626: whichever number a descriptor of the host's might have.
        using var canary = new Canary(runtime);
        using var container = runtime.Running();
        for (var number = 3; number < 24; number++)
        {
            foreach (var path in new[] { $"/proc/self/fd/{number}", $"/proc/self/fd/{number}/../.." })
            {
                var caller = new Caller(Directory: canary.Path, Redirections: $"7<{canary.Path} 8</");
                var result = container.PrepareExec(caller, ["--cwd", path], "/bin/sh", "-c", "ls; pwd").Run();
                if (result.ExitCode == 0) Assert.DoesNotContain(runtime.Name, result.Output, StringComparison.Ordinal);
                else result.Exits(255);
                result.Hides("folder");
            }
        }

        canary.AssertUntouched();
    }

    [SkippableFact]
    public void Link_to_a_descriptor_as_working_directory_is_no_way_out()
    {
        using var container = runtime.Running();
        for (var number = 3; number < 16; number++)
        {
            var link = container.Bundle.InRootfs($"/tmp/cwd{number}");
            File.CreateSymbolicLink(link, $"/proc/self/fd/{number}");
            var result = container.PrepareExec(new Caller(Redirections: "7</ 8</etc"), ["--cwd", $"/tmp/cwd{number}"], "ls").Run().Exits(255);
            Assert.Equal("", result.Output);
        }
    }

    [SkippableFact]
    public void Preserved_directory_is_the_callers_own_wish_and_still_no_working_directory()
    {
        runtime.RequireAnocir("runc 1.1.5 has no check");
        using var container = runtime.Running();
        var result = container.PrepareExec(new Caller(Redirections: "3</etc"), ["--preserve-fds", "1", "--cwd", "/proc/self/fd/3"], "ls").Run().Exits(255);
        Assert.Contains("current working directory is outside of container mount namespace root -- possible container breakout detected", ErrorLine.MessageOf(result), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("a fifo")]
    [InlineData("endless")]
    [InlineData("a device")]
    [InlineData("a directory")]
    [InlineData("a loop")]
    [InlineData("garbage")]
    public void Hostile_user_database_holds_nobody_up(string kind)
    {
        using var container = runtime.Running(c => c.Mount("/dev/shm", "tmpfs", "tmpfs"));
        var passwd = container.Bundle.InRootfs("/etc/passwd");
        File.Delete(passwd);
        switch (kind)
        {
            case "a fifo": Command.Run("/usr/bin/mkfifo", passwd).Ok(); break;
            case "endless": File.CreateSymbolicLink(passwd, "/dev/zero"); break;
            case "a device": Command.Run("/bin/mknod", passwd, "c", "1", "5").Ok(); break;
            case "a directory": Directory.CreateDirectory(passwd); break;
            case "a loop": File.CreateSymbolicLink(passwd, "passwd"); break;
            default: File.WriteAllText(passwd, "alice:x:99999999999999999999:::\n\0\0\n:::::::::\nx:x:1000:1:" + new string('y', 100_000) + "\n"); break;
        }

        if (!RuntimeFixture.IsAnocir && kind is "a fifo" or "endless" or "a device") return;
        container.ExecScript("echo ${HOME%%y*}", "-u", "4321").Exits(0, 255);
        container.ExecScript("true", "-u", "0", "-e", "HOME=/x").Ok();
    }

    [SkippableTheory]
    [InlineData("a link to the host's")]
    [InlineData("a regular file")]
    [InlineData("another device")]
    [InlineData("nothing")]
    public void Terminal_device_that_was_replaced_is_not_taken(string kind)
    {
        // CVE-2025-52565: the pty must be the devpts' own.
        using var container = runtime.Running(c => c.Mount("/dev/pts", "tmpfs", "tmpfs"));
        var root = $"/proc/{container.Pid}/root/dev";
        switch (kind)
        {
            case "a link to the host's": File.CreateSymbolicLink(root + "/pts/ptmx", "/etc/passwd"); break;
            case "a regular file": File.WriteAllText(root + "/pts/ptmx", ""); break;
            case "another device": Command.Run("/bin/mknod", root + "/pts/ptmx", "c", "1", "3").Ok(); break;
        }

        using var terminal = TestTerminal.Open();
        using var keep = File.Open(terminal.Slave, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        container.PrepareExec(new Caller(Terminal: terminal.Slave, Wrapper: "/usr/bin/setsid --ctty --wait"), ["-t"], "/bin/sh", "-c", "tty").Run().Exits(255, 1);
        Assert.DoesNotContain("/dev/pts/0\r\n", terminal.Shown, StringComparison.Ordinal);
        container.Exec("true").Ok();
    }

    [SkippableTheory]
    [InlineData("tmpfs")]
    [InlineData("bind")]
    public void Proc_that_was_mounted_over_changes_nothing(string how)
    {
        runtime.RequireAnocir("runc reads the container's /proc");
        using var container = runtime.Running(c => c
            .Set("process.oomScoreAdj", "300").Set("process.capabilities.bounding", AllCapabilities).Set("process.capabilities.effective", AllCapabilities).Set("process.capabilities.permitted", AllCapabilities));
        // A false /proc, in which the score's file is another.
        var cover = how == "tmpfs"
            ? "mount -t tmpfs none /proc && mkdir -p /proc/self /proc/thread-self/attr && touch /proc/self/oom_score_adj"
            : "mkdir -p /tmp/self && touch /tmp/self/oom_score_adj && mount -o bind /tmp /proc";
        container.ExecScript(cover).Ok();
        container.PrepareExec(new Caller(), ["--detach", "--pid-file", runtime.Scratch.File("covered.pid")], "sleep", "1000").Run().Ok();
        var pid = File.ReadAllText(runtime.Scratch.File("covered.pid"));
        Assert.Equal("300\n", File.ReadAllText($"/proc/{pid}/oom_score_adj"));
        container.ExecScript("cat /proc/self/oom_score_adj").Ok().Prints("");
    }

    [SkippableFact]
    public void Process_that_joins_holds_nothing_of_the_host_when_the_program_runs()
    {
        using var container = runtime.Running();
        var pidFile = runtime.Scratch.File("held.pid");
        container.PrepareExec(new Caller(Redirections: "3</etc/passwd 4</ 6</sys/fs/cgroup", Directory: "/usr"), ["--detach", "--pid-file", pidFile], "sleep", "1000").Run().Ok();
        var pid = File.ReadAllText(pidFile);
        Assert.Equal(["0", "1", "2"], Directory.GetFiles($"/proc/{pid}/fd").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("/", new FileInfo($"/proc/{pid}/cwd").LinkTarget);
        Assert.Equal(["HOME=/root", "A=1", "PATH=/bin"], File.ReadAllText($"/proc/{pid}/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries).OrderDescending(StringComparer.Ordinal).OrderBy(e => e[0] == 'H' ? 0 : e[0] == 'A' ? 1 : 2));
    }
}
