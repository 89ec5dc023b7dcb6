namespace Anocir.Conformance.Tests.Runtime;

public sealed class LinuxTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    [Clause("runtime-linux.md", "file-descriptors", Strength.Should, 33)]
    public void Only_the_standard_descriptors_stay_open()
    {
        using var container = runtime.Container(c => c.Args("/bin/sleep", "1000"));
        container.Prepare("create", new Caller(Redirections: "5</etc/hostname 9</dev/null")).Run().Ok();
        container.Start().Ok();
        Assert.Equal(["0", "1", "2"], Directory.GetFileSystemEntries($"/proc/{container.Pid}/fd").Select(Path.GetFileName).Order());
    }

    [SkippableTheory]
    [InlineData("fd", "/proc/self/fd")]
    [InlineData("stdin", "/proc/self/fd/0")]
    [InlineData("stdout", "/proc/self/fd/1")]
    [InlineData("stderr", "/proc/self/fd/2")]
    [Clause("runtime-linux.md", "dev-symbolic-links", Strength.Must, 34)]
    public void Links_to_the_standard_descriptors_are_in_dev(string name, string target) =>
        Assert.Equal(target, runtime.Inside($"readlink /dev/{name}"));
}
