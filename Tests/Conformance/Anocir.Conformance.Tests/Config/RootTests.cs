namespace Anocir.Conformance.Tests.Config;

public sealed class RootTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [InlineData("1.0.0")]
    [InlineData("1.0.2")]
    [InlineData("1.1.0")]
    [InlineData("1.2.1")]
    [InlineData("1.3.0")]
    [Clause("config.md", "specification-version", Strength.Must, 35)]
    public void Version_of_the_first_major_one_is_taken(string version) => runtime.Accepts(c => c.Set("ociVersion", $"\"{version}\""));

    [SkippableTheory]
    [InlineData("\"one\"")]
    [InlineData("\"\"")]
    [InlineData("\"1\"")]
    [InlineData(null)]
    [Clause("config.md", "specification-version", Strength.Must, 35)]
    public void Version_that_is_not_semantic_is_an_error(string? version) => runtime.Refuses(c => c.Set("ociVersion", version));

    [SkippableFact]
    [Clause("config.md", "root", Strength.Must, 36)]
    public void Root_is_required() => runtime.Refuses(c => c.Set("root", null));

    [SkippableFact]
    [Clause("config.md", "root", Strength.Must, 36)]
    public void Root_that_is_no_directory_is_an_error()
    {
        runtime.Refuses(c => c.Set("root.path", "\"not-there\""));
        runtime.Refuses(c => c.Set("root.path", "\"config.json\""));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    [Clause("config.md", "root", Strength.Must, 36)]
    public void Path_of_the_root_may_be_relative_to_the_bundle_or_absolute(bool absolute)
    {
        using var container = runtime.Container(c => c.Script("cat /mark"));
        File.WriteAllText(container.Bundle.InRootfs("/mark"), "here");
        if (absolute) container.Bundle.Config.Set("root.path", $"\"{container.Bundle.Rootfs}\"");
        container.Run().Ok();
        Assert.Equal("here", container.Output);
    }

    [SkippableFact]
    [Clause("config.md", "root", Strength.Should, 36)]
    public void Root_is_the_directory_and_nothing_above_it()
    {
        var seen = runtime.Inside("ls -d /../bin /../../bin; stat -c %i / /..");
        var lines = seen.Split('\n');
        Assert.Equal(["/../bin", "/../../bin"], lines[..2].OrderByDescending(l => l == "/../bin"));
        Assert.Equal(lines[2], lines[3]);
    }

    [SkippableFact]
    [Clause("config.md", "root", Strength.Must, 37)]
    public void Read_only_root_cannot_be_written_to()
    {
        var seen = runtime.Inside("touch /new 2>&1; cat /proc/self/mountinfo", c => c.Set("root.readonly", "true"));
        Assert.Contains("Read-only file system", seen, StringComparison.Ordinal);
        Assert.Contains("ro", Asking.TopMount(seen[seen.IndexOf('\n', StringComparison.Ordinal)..], "/").Flags);
    }

    [SkippableFact]
    [Clause("config.md", "root", Strength.Must, 37)]
    public void Root_is_writable_by_default() => Assert.Equal("/new", runtime.Inside("touch /new && ls /new"));
}
