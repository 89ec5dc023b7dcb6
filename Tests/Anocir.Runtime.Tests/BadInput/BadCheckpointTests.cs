using Anocir.Runtime.Tests.Checkpoints;

namespace Anocir.Runtime.Tests.BadInput;

/// <summary>Checkpoints and restores that cannot be understood or done: every flag with values that mean nothing, and containers in the wrong state.</summary>
public sealed class BadCheckpointTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [InlineData("checkpoint", "--page-server 127.0.0.1", "Use --page-server ADDRESS:PORT")]
    [InlineData("checkpoint", "--page-server :123", "Use --page-server ADDRESS:PORT")]
    [InlineData("checkpoint", "--page-server 127.0.0.1:", "Use --page-server ADDRESS:PORT")]
    [InlineData("checkpoint", "--page-server ::1:27", "Use --page-server ADDRESS:PORT")]
    [InlineData("checkpoint", "--page-server 127.0.0.1:http", "Invalid port number")]
    [InlineData("checkpoint", "--page-server 127.0.0.1:65536", "Invalid port number")]
    [InlineData("checkpoint", "--page-server 127.0.0.1:-1", "Invalid port number")]
    [InlineData("checkpoint", "--manage-cgroups-mode none", "Invalid manage-cgroups-mode value")]
    [InlineData("restore", "--manage-cgroups-mode Soft", "Invalid manage-cgroups-mode value")]
    [InlineData("checkpoint", "--empty-ns ipc", "namespace \"ipc\" is not supported")]
    [InlineData("restore", "--empty-ns net", "namespace \"net\" is not supported")]
    [InlineData("checkpoint", "--parent-path /absolute", "--parent-path must be relative")]
    [InlineData("checkpoint", "--parent-path ../nowhere", "invalid --parent-path")]
    [InlineData("checkpoint", "--parent-path ../config.json", "ENOTDIR")]
    [InlineData("checkpoint", "--lazy-pages --status-fd 77", "invalid --status-fd argument 77: not an open descriptor")]
    [InlineData("checkpoint", "--lazy-pages --status-fd 0", "invalid --status-fd argument 0: not writable")]
    [InlineData("checkpoint", "--lazy-pages --status-fd -3", "invalid --status-fd argument -3")]
    [InlineData("checkpoint", "--network-lock ufw", "invalid --network-lock \"ufw\"")]
    [InlineData("restore", "--network-lock none", "invalid --network-lock \"none\"")]
    [InlineData("restore", "--image-path /nowhere/images", "open /nowhere/images: ENOENT")]
    [InlineData("restore", "--console-socket /nowhere/socket", "connect to /nowhere/socket: ENOENT")]
    [InlineData("restore", "--bundle /nowhere/bundle", "/nowhere/bundle")]
    public void Bad_value_is_named_and_nothing_is_begun(string verb, string flags, string words)
    {
        runtime.RequireAnocir("runc looks at some of these only when CRIU is there");
        using var container = runtime.Container(c => c.Args("sleep", "100"));
        container.Bundle.Save();
        var images = runtime.Scratch.Folder("bundles", container.Id, "images");
        string[] bundle = verb == "restore" ? ["--bundle", container.Bundle.Directory] : [];
        var result = runtime.Call([verb, "--image-path", images, .. bundle, .. flags.Split(' '), container.Id]).Exits(1);
        Assert.Contains(words, ErrorLine.MessageOf(result), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(images));
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("checkpoint", "--status-fd", "three")]
    [InlineData("checkpoint", "--leave-running=maybe")]
    [InlineData("checkpoint", "--no-such-flag")]
    [InlineData("restore", "--detach=maybe")]
    [InlineData("restore", "--parent-path", "x")]
    [InlineData("restore", "--pre-dump")]
    [InlineData("restore", "--lsm-mount-context")]
    [InlineData("checkpoint", "--image-path")]
    public void Line_that_cannot_be_read_shows_the_help(string verb, params string[] flags)
    {
        runtime.Require();
        var result = runtime.Call([verb, .. flags]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("Incorrect Usage", result.Output + result.Error, StringComparison.Ordinal);
    }

    /// <summary>Podman asks in this way whether a runtime can change labels over a restore.</summary>
    [SkippableFact]
    public void Flag_without_its_value_is_told_in_the_words_that_podman_knows()
    {
        runtime.Require();
        runtime.Call("restore", "--lsm-mount-context").Exits(1).Complains("flag needs an argument");
        runtime.Call("checkpoint", "--help").Ok().Shows("--leave-running");
        runtime.Call("restore", "--help").Ok().Shows("--lsm-profile");
    }

    [SkippableTheory]
    [InlineData("checkpoint")]
    [InlineData("restore")]
    public void One_id_is_wanted(string verb)
    {
        runtime.Require();
        Assert.NotEqual(0, runtime.Call(verb).ExitCode);
        Assert.NotEqual(0, runtime.Call(verb, "a", "b").ExitCode);
    }

    [SkippableFact]
    public void Container_that_does_not_run_cannot_be_saved()
    {
        runtime.Require();
        using var container = runtime.Container(c => c.Args("sleep", "100"));
        Assert.Equal("container does not exist", ErrorLine.MessageOf(runtime.Call("checkpoint", "--image-path", Images(container), container.Id).Exits(1)));
        container.Create().Ok();
        Assert.Equal("Container cannot be checkpointed in created state", ErrorLine.MessageOf(runtime.Call("checkpoint", "--image-path", Images(container), container.Id).Exits(1)));
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        Assert.Equal("Container cannot be checkpointed in stopped state", ErrorLine.MessageOf(runtime.Call("checkpoint", "--image-path", Images(container), container.Id).Exits(1)));
    }

    [SkippableFact]
    public void Name_that_is_taken_cannot_be_restored()
    {
        runtime.Require();
        using var container = runtime.Container(c => c.Args("sleep", "100"));
        container.Create().Ok();
        var result = runtime.Call("restore", "--bundle", container.Bundle.Directory, "--image-path", runtime.Scratch.Folder("bundles", container.Id, "images"), container.Id).Exits(1);
        Assert.Equal("container with given ID already exists", ErrorLine.MessageOf(result));
        Assert.Equal("created", container.Status);
    }

    [SkippableFact]
    public void Host_without_criu_is_told_so_and_the_container_goes_on()
    {
        runtime.RequireAnocir("runc says it otherwise");
        using var container = runtime.Container(c => c.Args("sleep", "100"));
        container.Create().Ok();
        container.Start().Ok();
        var nowhere = new Caller(Environment: new Dictionary<string, string?> { ["PATH"] = "/nowhere" });
        Assert.Equal("exec: \"criu\": executable file not found in $PATH", ErrorLine.MessageOf(runtime.Call(nowhere, "checkpoint", "--image-path", Images(container), container.Id).Exits(1)));
        Assert.Equal("running", container.Status);

        using var other = runtime.Container(c => c.Args("sleep", "100"));
        other.Bundle.Save();
        var restore = runtime.Call(nowhere, "restore", "--bundle", other.Bundle.Directory, "--image-path", runtime.Scratch.Folder("bundles", other.Id, "images"), other.Id).Exits(1);
        Assert.Equal("exec: \"criu\": executable file not found in $PATH", ErrorLine.MessageOf(restore));
        Assert.Empty(runtime.LeftOf(other.Id));
    }

    [SkippableFact]
    public void Kernel_that_criu_refuses_is_told_in_its_words_and_the_container_goes_on()
    {
        Skip.If(Programs.WhyNot("criu") is not null, Programs.WhyNot("criu"));
        Skip.If(Criu.WhyNot is null, "CRIU works on this kernel");
        using var saved = new SavedContainer(runtime).Start();
        saved.WaitForProgress();
        var message = ErrorLine.MessageOf(saved.Checkpoint().Exits(1));
        Assert.StartsWith("criu failed: type DUMP errno ", message, StringComparison.Ordinal);
        Assert.Contains("Error (criu/", message, StringComparison.Ordinal);
        Assert.EndsWith($"(log: {saved.DumpLog})", message, StringComparison.Ordinal);
        Assert.Equal("running", saved.Container.Status);
        saved.WaitForProgress();
    }

    private string Images(Container container) => Path.Combine(runtime.Scratch.Folder("bundles", container.Id), "images");
}
