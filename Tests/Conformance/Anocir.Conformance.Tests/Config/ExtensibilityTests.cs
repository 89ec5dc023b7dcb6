namespace Anocir.Conformance.Tests.Config;

public sealed class ExtensibilityTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    [Clause("config.md", "hostname", Strength.Must, 58)]
    public void Name_of_the_host_is_the_one_configured() =>
        Assert.Equal("other-name", runtime.Inside("hostname", c => c.Set("hostname", "\"other-name\"")));

    [SkippableFact]
    [Clause("config.md", "domainname", Strength.Must, 58)]
    public void Name_of_the_domain_is_the_one_configured() =>
        Assert.Equal("other.domain", runtime.Inside("cat /proc/sys/kernel/domainname", c => c.Set("domainname", "\"other.domain\"")));

    [SkippableTheory]
    [InlineData("hostname")]
    [InlineData("domainname")]
    [Clause("config.md", "hostname", Strength.Must, 58)]
    public void Name_without_a_namespace_of_its_own_is_an_error(string name) =>
        runtime.Refuses(c => c.WithoutNamespace("uts").Set(name, "\"other-name\""));

    [SkippableFact]
    [Clause("config.md", "annotations", Strength.Must, 69)]
    public void Annotation_with_an_empty_name_is_an_error() => runtime.Refuses(c => c.Set("annotations", """{"":"1"}"""));

    [SkippableFact]
    [Clause("config.md", "annotations", Strength.Must, 69)]
    public void Annotation_that_is_no_text_is_an_error() => runtime.Refuses(c => c.Set("annotations", """{"a":1}"""));

    [SkippableFact]
    [Clause("config.md", "annotations", Strength.Must, 69)]
    public void Annotation_may_be_empty_and_unknown()
    {
        using var container = runtime.Created(c => c.Set("annotations", """{"com.example.unknown":"","x":"y"}"""));
        Assert.Equal("", (string?)container.State["annotations"]!["com.example.unknown"]);
    }

    [SkippableTheory]
    [InlineData("futureProperty")]
    [InlineData("process.futureProperty")]
    [InlineData("process.user.futureProperty")]
    [InlineData("root.futureProperty")]
    [InlineData("mounts.0.futureProperty")]
    [InlineData("linux.futureProperty")]
    [InlineData("linux.resources.futureProperty")]
    [InlineData("linux.namespaces.0.futureProperty")]
    [InlineData("hooks.futureHooks")]
    [InlineData("windows")]
    [InlineData("vm")]
    [InlineData("freebsd")]
    [Clause("config.md", "extensibility", Strength.Must, 70)]
    public void Unknown_property_is_ignored(string path) => runtime.Accepts(c => c.Set(path, """{"of":["any",{"form":1}]}"""));

    [SkippableTheory]
    [InlineData("hostname", "7")]
    [InlineData("hostname", "[]")]
    [InlineData("root", "\"rootfs\"")]
    [InlineData("process.args", "\"/bin/true\"")]
    [InlineData("process.user.uid", "-1")]
    [InlineData("process.user.uid", "4294967296")]
    [InlineData("process.user.uid", "\"0\"")]
    [InlineData("process.terminal", "\"no\"")]
    [InlineData("process.rlimits", """[{"type":"RLIMIT_NOFILE","soft":-1,"hard":10}]""")]
    [InlineData("mounts", "{}")]
    [InlineData("linux.namespaces.0", """{"type":"bogus"}""")]
    [InlineData("linux.rootfsPropagation", "\"bogus\"")]
    [InlineData("linux.devices", """[{"path":"/dev/x","type":"z","major":1,"minor":3}]""")]
    [InlineData("linux.resources.devices", """[{"allow":"yes"}]""")]
    [InlineData("linux.seccomp", """{"defaultAction":"SCMP_ACT_BOGUS"}""")]
    [InlineData("linux.maskedPaths", "\"/proc\"")]
    [Clause("config.md", "valid-values", Strength.Must, 71)]
    public void Invalid_value_is_an_error(string path, string value) => runtime.Refuses(c => c.Set(path, value));

    [SkippableTheory]
    [InlineData("[]")]
    [InlineData("{\"ociVersion\":\"1.0.0\"")]
    [InlineData("")]
    [Clause("config.md", "valid-values", Strength.Must, 71)]
    public void Configuration_that_is_no_object_is_an_error(string text)
    {
        using var container = runtime.Container();
        container.Bundle.Save();
        File.WriteAllText(container.Bundle.ConfigFile, text);
        Assert.NotEqual(0, runtime.Call("create", "--bundle", container.Bundle.Directory, container.Id).ExitCode);
        Assert.Empty(runtime.LeftOf(container.Id));
    }
}
