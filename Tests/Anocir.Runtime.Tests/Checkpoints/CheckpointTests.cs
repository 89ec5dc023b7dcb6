namespace Anocir.Runtime.Tests.Checkpoints;

/// <summary>Containers saved by CRIU, and made of what was saved: where CRIU works.</summary>
public sealed class CheckpointTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Saved_container_is_gone_and_goes_on_where_it_was_when_restored()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        Until.True(() => saved.Counted >= 5, "a count of 5");
        saved.Checkpoint().Ok().Prints("");
        Assert.Empty(runtime.LeftOf(saved.Id));
        var count = saved.Counted;

        saved.Restore("--pid-file", Path.Combine(saved.Container.Bundle.Directory, "pid")).Ok().Prints("");
        Assert.Equal("running", saved.Container.Status);
        Assert.Equal(saved.Container.Pid.ToString(CultureInfo.InvariantCulture), File.ReadAllText(Path.Combine(saved.Container.Bundle.Directory, "pid")));
        Until.True(() => saved.Counted > count, "the count goes on");
        Assert.InRange(saved.Counted, count, count + 1000);
        if (RuntimeFixture.IsAnocir) Assert.Contains($"restored   from {saved.Images}", saved.History, StringComparison.Ordinal);
        saved.Container.Kill("KILL").Ok();
        saved.Container.WaitForStatus("stopped");
        saved.Container.Delete().Ok();
        Assert.Empty(runtime.LeftOf(saved.Id));
    }

    [SkippableFact]
    public void Container_goes_on_that_is_left_running()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        saved.WaitForProgress();
        var pid = saved.Container.Pid;
        saved.Checkpoint("--leave-running").Ok();
        Assert.Equal("running", saved.Container.Status);
        Assert.Equal(pid, saved.Container.Pid);
        saved.WaitForProgress();
        Assert.True(File.Exists(Path.Combine(saved.Images, "pstree.img")));
        Assert.Equal("""["/dev/null","/dev/null","/dev/null"]""", File.ReadAllText(Path.Combine(saved.Images, "descriptors.json")));
        if (RuntimeFixture.IsAnocir) Assert.Contains($"saved      to {saved.Images}, and goes on", saved.History, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Paused_container_stays_paused_that_is_left_running()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        runtime.Call("pause", saved.Id).Ok();
        saved.Checkpoint("--leave-running").Ok();
        Assert.Equal("paused", saved.Container.Status);
        runtime.Call("resume", saved.Id).Ok();
        saved.WaitForProgress();
    }

    [SkippableFact]
    public void Restore_in_the_foreground_exits_as_the_program_does_and_deletes_it()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime, "while ! test -e /go; do sleep 0.1; done; exit 7").Start();
        saved.Checkpoint().Ok();
        File.WriteAllText(saved.Container.Bundle.InRootfs("/go"), "");
        saved.Restore(SavedContainer.Restoring).Exits(7);
        Assert.Empty(runtime.LeftOf(saved.Id));
    }

    [SkippableFact]
    public void Restored_terminal_goes_to_the_console_socket()
    {
        Criu.Require();
        using var first = new DescriptorReceiver(runtime);
        using var second = new DescriptorReceiver(runtime);
        using var saved = new SavedContainer(runtime, "echo ready; while read x; do echo \"<$x>\"; done", c => c.Set("process.terminal", "true"));
        saved.Start(new Caller(), "--console-socket", first.Path);
        using (var before = TestTerminal.Over(first.Receive().Descriptor))
        {
            before.WaitFor("ready");
            saved.Checkpoint().Ok();
        }

        saved.Restore("--console-socket", second.Path).Ok();
        using var after = TestTerminal.Over(second.Receive().Descriptor);
        after.Type("again\n");
        after.WaitFor("<again>");
    }

    [SkippableFact]
    public void Pipes_of_the_saved_container_are_replaced_by_the_callers_streams()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime, "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.1; done");
        var (before, after) = (Path.Combine(saved.Container.Bundle.Directory, "before"), Path.Combine(saved.Container.Bundle.Directory, "after"));
        saved.Start(Into(before));
        Until.True(() => File.Exists(before) && File.ReadAllText(before).Contains("line 3\n", StringComparison.Ordinal), "three lines");
        saved.Checkpoint().Ok();
        var descriptors = File.ReadAllText(Path.Combine(saved.Images, "descriptors.json"));
        Assert.Matches("""^\["/dev/null","pipe:\[\d+\]","/dev/null"\]$""", descriptors);
        saved.Restore(Into(after), "--detach");
        Until.True(() => File.Exists(after) && File.ReadAllText(after).Contains("line ", StringComparison.Ordinal), "further lines");
        Assert.DoesNotContain("line 1\n", File.ReadAllText(after), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Dump_after_a_pre_dump_holds_only_what_has_changed()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        saved.WaitForProgress();
        var parent = Path.Combine(saved.Container.Bundle.Directory, "parent");
        runtime.Call("checkpoint", "--pre-dump", "--image-path", parent, "--work-path", saved.Work, saved.Id).Ok();
        Assert.Equal("running", saved.Container.Status);
        Assert.False(File.Exists(Path.Combine(parent, "descriptors.json")));
        saved.WaitForProgress();
        saved.Checkpoint("--parent-path", "../parent").Ok();
        Assert.Equal("../parent", new FileInfo(Path.Combine(saved.Images, "parent")).LinkTarget);
        Assert.True(Size(saved.Images) < Size(parent), $"{Size(saved.Images)} bytes of pages after {Size(parent)}");
        saved.Restore().Ok();
        saved.WaitForProgress();

        static long Size(string images) => Directory.GetFiles(images, "pages-*.img").Sum(f => new FileInfo(f).Length);
    }

    [SkippableFact]
    public void Mounts_from_outside_come_from_where_the_configuration_says()
    {
        Criu.Require();
        var (here, there) = (runtime.Scratch.Folder("here"), runtime.Scratch.Folder("there"));
        using var saved = new SavedContainer(runtime, "while :; do cat /data/name /deep/er/file >/seen.new; mv /seen.new /seen; sleep 0.1; done", c => c
            .Mount("/data", "bind", here, "rbind", "rw")
            .Mount("/link/er", "tmpfs", "tmpfs")
            .Mount("/deep/er/file", "bind", "/etc/hostname", "bind", "ro"));
        Directory.CreateSymbolicLink(saved.Container.Bundle.InRootfs("/link"), "deep");
        Directory.CreateDirectory(saved.Container.Bundle.InRootfs("/deep"));
        File.WriteAllText(Path.Combine(here, "name"), "here");
        File.WriteAllText(Path.Combine(there, "name"), "there");
        saved.Start();
        Until.True(() => saved.Read("/seen").StartsWith("here", StringComparison.Ordinal), "the first directory");
        saved.Checkpoint().Ok();
        saved.Container.Bundle.Edit(c => c["mounts"]!.AsArray().Single(m => (string?)m!["destination"] == "/data")!["source"] = there);
        saved.Restore().Ok();
        Until.True(() => saved.Read("/seen").StartsWith("there", StringComparison.Ordinal), "the second directory", explain: () => saved.Read("/seen"));
        Assert.EndsWith(File.ReadAllText("/etc/hostname").Trim(), saved.Read("/seen"), StringComparison.Ordinal);
        Assert.Equal(0, Command.Run("/bin/sh", "-c", $"test ! -s /proc/{saved.Container.Pid}/root/proc/kcore").ExitCode);
    }

    [SkippableFact]
    public void Hooks_of_the_runtime_run_before_the_restored_program_does()
    {
        Criu.Require();
        var told = runtime.Scratch.File("told");
        using var saved = new SavedContainer(runtime, edit: c => c.Hook("createRuntime", $"cat >>{told}; echo >>{told}")).Start();
        saved.WaitForProgress();
        saved.Checkpoint().Ok();
        saved.Restore().Ok();
        var states = File.ReadAllLines(told).Where(l => l.Length > 0).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(2, states.Count);
        Assert.Equal("creating", (string?)states[1]["status"]);
        Assert.Equal(saved.Container.Pid, (int)states[1]["pid"]!);
    }

    [SkippableFact]
    public void Hook_that_fails_ends_the_restore_and_leaves_nothing()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        saved.WaitForProgress();
        saved.Checkpoint().Ok();
        saved.Container.Bundle.Edit(c => c.Hook("createRuntime", "exit 3"));
        var result = saved.Restore().Exits(1);
        Assert.Contains("error running createRuntime hook", ErrorLine.MessageOf(result), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(saved.Id));
    }

    [SkippableFact]
    public void Restored_container_is_a_container_like_others()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        saved.WaitForProgress();
        saved.Checkpoint().Ok();
        saved.Restore().Ok();
        Assert.Contains($"{runtime.CgroupParent}/{saved.Id}", File.ReadAllText($"/proc/{saved.Container.Pid}/cgroup"), StringComparison.Ordinal);
        runtime.Call("exec", saved.Id, "/bin/echo", "inside").Ok().Prints("inside");
        runtime.Call("pause", saved.Id).Ok();
        runtime.Call("resume", saved.Id).Ok();
        saved.WaitForProgress();
        saved.Checkpoint("--leave-running").Ok();
        saved.Checkpoint().Ok();
        saved.Restore().Ok();
        saved.WaitForProgress();
        saved.Container.Delete("--force").Ok();
        Assert.Empty(runtime.LeftOf(saved.Id));
    }

    [SkippableFact]
    public void Container_of_another_name_can_be_made_of_the_images()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        saved.WaitForProgress();
        saved.Checkpoint().Ok();
        var other = $"{saved.Id}-other";
        var call = runtime.Prepare(SavedContainer.Restoring, "restore", "--detach", "--bundle", saved.Container.Bundle.Directory, "--image-path", saved.Images, "--work-path", saved.Work, other);
        call.Run().Ok();
        saved.WaitForProgress();
        runtime.Call("delete", "--force", other).Ok();
    }

    /// <summary>A pipe for the program's output, with a reader behind the runtime's back.</summary>
    private static Caller Into(string file) => new(Wrapper: $"/bin/sh -c '(\"$@\" </dev/null 2>/dev/null | /bin/cat >{file}) &' sh");
}
