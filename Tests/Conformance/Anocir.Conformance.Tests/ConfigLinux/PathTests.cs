namespace Anocir.Conformance.Tests.ConfigLinux;

public sealed class PathTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    [Clause("config-linux.md", "masked-paths", Strength.Must, 111)]
    public void Masked_path_cannot_be_read()
    {
        using var container = runtime.Container(c => c.Script("cat /usr/file /proc/timer_list; ls -A /usr/dir | wc -l; echo x >/usr/dir/x || echo read-only")
            .Set("linux.maskedPaths", """["/usr/file","/usr/dir","/proc/timer_list","/usr/not-there"]"""));
        Directory.CreateDirectory(container.Bundle.InRootfs("/usr/dir/sub"));
        File.WriteAllText(container.Bundle.InRootfs("/usr/file"), "secret");
        container.Run().Ok();
        Assert.Equal("0\nread-only\n", container.Output);
    }

    [SkippableFact]
    [Clause("config-linux.md", "readonly-paths", Strength.Must, 111)]
    public void Read_only_path_cannot_be_written()
    {
        using var container = runtime.Container(c => c.Script("cat /usr/file; (echo x >>/usr/file) 2>&1; touch /usr/dir/x 2>&1; true")
            .Set("linux.readonlyPaths", """["/usr/file","/usr/dir","/usr/not-there"]"""));
        Directory.CreateDirectory(container.Bundle.InRootfs("/usr/dir"));
        File.WriteAllText(container.Bundle.InRootfs("/usr/file"), "text\n");
        container.Run().Ok();
        var lines = container.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("text", lines[0]);
        Assert.Equal(3, lines.Length);
        Assert.All(lines[1..], line => Assert.Contains("Read-only file system", line, StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("maskedPaths")]
    [InlineData("readonlyPaths")]
    [Clause("config-linux.md", "masked-paths", Strength.Must, 111)]
    public void Path_that_is_not_absolute_is_an_error(string property) => runtime.Refuses(c => c.Set($"linux.{property}", """["proc/kcore"]"""));

    [SkippableTheory]
    [InlineData("shared", "shared:")]
    [InlineData("slave", "")]
    [InlineData("private", "")]
    [InlineData("unbindable", "unbindable")]
    [Clause("config-linux.md", "rootfs-mount-propagation", Strength.Must, 112)]
    public void Propagation_of_the_root_is_the_one_configured(string propagation, string seen)
    {
        var mount = Asking.TopMount(runtime.Inside("cat /proc/self/mountinfo", c => c.Set("linux.rootfsPropagation", $"\"{propagation}\"")), "/");
        if (seen.Length == 0) Assert.DoesNotContain(mount.Propagation, p => p.StartsWith("shared:", StringComparison.Ordinal) || p == "unbindable");
        else Assert.Contains(mount.Propagation, p => p.StartsWith(seen, StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("LINUX", "x86_64")]
    [InlineData("LINUX32", "i686")]
    [Clause("config-linux.md", "personality", Strength.Must, 113)]
    public void Personality_is_the_one_configured(string domain, string seen)
    {
        runtime.Require();
        Skip.If(System.Runtime.InteropServices.RuntimeInformation.OSArchitecture != System.Runtime.InteropServices.Architecture.X64, "the names are those of x86-64");
        Assert.Equal(seen, runtime.Inside("uname -m", c => c.Set("linux.personality", $$"""{"domain":"{{domain}}"}""")));
    }

    [SkippableFact]
    [Clause("config-linux.md", "personality", Strength.Must, 113)]
    public void Personality_that_is_unknown_is_an_error() =>
        runtime.RefusesAtStartAtTheLatest(c => c.Set("linux.personality", """{"domain":"BOGUS"}"""));

    [SkippableTheory]
    [InlineData("kernel.msgmax", "4096")]
    [InlineData("kernel.shm_rmid_forced", "1")]
    [InlineData("fs.mqueue.msg_max", "20")]
    [InlineData("net.ipv4.ip_forward", "1")]
    [Clause("config-linux.md", "sysctl", Strength.Must, 23)]
    public void Kernel_parameter_is_the_one_configured(string name, string value) =>
        Assert.Equal(value, runtime.Inside($"cat /proc/sys/{name.Replace('.', '/')}", c => c.Set("linux.sysctl", $$"""{"{{name}}":"{{value}}"}""")));
}
