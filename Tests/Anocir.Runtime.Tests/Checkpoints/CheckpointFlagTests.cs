namespace Anocir.Runtime.Tests.Checkpoints;

/// <summary>What a container has that CRIU saves only when a flag allows it, and where it puts things: where CRIU works.</summary>
public sealed class CheckpointFlagTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [InlineData("--tcp-established", "nc -l -p 5000 -e /bin/sleep 1000 & sleep 1; sleep 1000 | nc 127.0.0.1 5000 & sleep 1; netstat -tn | grep ESTABLISHED && touch /ready; wait")]
    [InlineData("--file-locks", "exec 9>/lock; /usr/bin/flock -x 9 && touch /ready; while :; do sleep 0.1; done")]
    public void Container_needs_the_flag_that_allows_what_it_has(string flag, string script)
    {
        Criu.Require();
        // busybox has no flock: the host's, with what it is linked with.
        using var saved = new SavedContainer(runtime, script, c => c.Mount("/usr", "bind", "/usr", "rbind", "ro"));
        foreach (var name in new[] { "lib", "lib64" }) File.CreateSymbolicLink(saved.Container.Bundle.InRootfs(name), $"usr/{name}");
        saved.Start();
        Until.True(() => File.Exists(saved.Container.Bundle.InRootfs("/ready")), "its program has what it is to have");
        var refused = ErrorLine.MessageOf(saved.Checkpoint().Exits(1));
        Assert.Contains("criu failed: type DUMP", refused, StringComparison.Ordinal);
        Assert.Contains(flag, refused, StringComparison.Ordinal);
        Assert.Contains(saved.DumpLog, refused, StringComparison.Ordinal);
        Assert.Equal("running", saved.Container.Status);
        saved.Checkpoint(flag).Ok();
        saved.Restore(flag).Ok();
        Assert.Equal("running", saved.Container.Status);
    }

    [SkippableFact]
    public void File_of_the_host_among_the_streams_cannot_be_saved_and_the_container_goes_on()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start(new Caller());
        saved.WaitForProgress();
        var message = ErrorLine.MessageOf(saved.Checkpoint().Exits(1));
        Assert.StartsWith("criu failed: type DUMP errno ", message, StringComparison.Ordinal);
        Assert.Contains("Can't lookup mount", message, StringComparison.Ordinal);
        Assert.EndsWith($"(log: {saved.DumpLog})", message, StringComparison.Ordinal);
        Assert.Equal("running", saved.Container.Status);
        saved.WaitForProgress();
    }

    [SkippableTheory]
    [InlineData("soft")]
    [InlineData("full")]
    [InlineData("ignore")]
    public void Cgroups_are_managed_as_asked(string mode)
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        saved.WaitForProgress();
        saved.Checkpoint("--manage-cgroups-mode", mode).Ok();
        saved.Restore("--manage-cgroups-mode", mode).Ok();
        saved.WaitForProgress();
        Assert.Contains(saved.Id, File.ReadAllText($"/proc/{saved.Container.Pid}/cgroup"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Logs_are_beside_the_images_unless_they_have_a_place_of_their_own()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        saved.WaitForProgress();
        var (images, deep) = (Path.Combine(saved.Container.Bundle.Directory, "beside"), Path.Combine(saved.Container.Bundle.Directory, "a/b/c"));
        runtime.Call("checkpoint", "--leave-running", "--image-path", images, saved.Id).Ok();
        Assert.True(File.Exists(Path.Combine(images, "dump.log")));
        runtime.Call("checkpoint", "--leave-running", "--image-path", images, "--work-path", deep, saved.Id).Ok();
        Assert.True(File.Exists(Path.Combine(deep, "dump.log")));
        runtime.Call(new Caller(Directory: saved.Container.Bundle.Directory), "checkpoint", "--leave-running", saved.Id).Ok();
        Assert.True(File.Exists(Path.Combine(saved.Container.Bundle.Directory, "checkpoint", "inventory.img")));
    }

    [SkippableFact]
    public void Configuration_file_of_the_annotation_goes_before_the_flags()
    {
        Criu.Require();
        var file = runtime.Scratch.File("criu.conf");
        File.WriteAllText(file, "log-file configured.log\n");
        using var saved = new SavedContainer(runtime, edit: c => c.Set("annotations", $$"""{"org.criu.config":"{{file}}"}""")).Start();
        saved.WaitForProgress();
        saved.Checkpoint("--leave-running").Ok();
        Assert.True(File.Exists(Path.Combine(saved.Work, "configured.log")));
    }

    [SkippableFact]
    public void Network_namespace_of_another_is_not_saved_with_the_container()
    {
        Criu.Require();
        using var host = new SavedContainer(runtime).Start();
        var path = $"/proc/{host.Container.Pid}/ns/net";
        using var saved = new SavedContainer(runtime, edit: c =>
        {
            c.WithoutNamespace("network");
            c["linux"]!["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "network", ["path"] = path });
        }).Start();
        saved.WaitForProgress();
        saved.Checkpoint().Ok();
        saved.Restore().Ok();
        saved.WaitForProgress();
        Assert.Equal(new FileInfo(path).LinkTarget, new FileInfo($"/proc/{saved.Container.Pid}/ns/net").LinkTarget);
    }

    [SkippableFact]
    public void Images_that_are_damaged_fail_the_restore_in_the_words_of_criu()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        saved.WaitForProgress();
        saved.Checkpoint().Ok();
        File.Delete(Path.Combine(saved.Images, "pstree.img"));
        var message = ErrorLine.MessageOf(saved.Restore().Exits(1));
        Assert.StartsWith("criu failed: type RESTORE errno ", message, StringComparison.Ordinal);
        Assert.EndsWith($"(log: {Path.Combine(saved.Work, "restore.log")})", message, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(saved.Id));
        Assert.DoesNotContain("criu-root", File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Images_without_the_names_of_the_streams_are_refused()
    {
        Criu.Require();
        using var saved = new SavedContainer(runtime).Start();
        saved.WaitForProgress();
        saved.Checkpoint().Ok();
        File.WriteAllText(Path.Combine(saved.Images, "descriptors.json"), "[\"pipe:");
        Assert.Contains("descriptors.json", ErrorLine.MessageOf(saved.Restore().Exits(1)), StringComparison.Ordinal);
        File.Delete(Path.Combine(saved.Images, "descriptors.json"));
        Assert.Contains("descriptors.json: ENOENT", ErrorLine.MessageOf(saved.Restore().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(saved.Id));
    }
}
