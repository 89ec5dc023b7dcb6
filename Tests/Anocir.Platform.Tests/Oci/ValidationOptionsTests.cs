using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Oci;

/// <summary>Rules that depend on how the runtime was called.</summary>
public sealed class ValidationOptionsTests
{
    [Fact]
    public void Process_thatIsAbsent_isRefusedWhereItIsNeeded() =>
        BadConfigTests.AssertSpoiled("process", null, "config.json: process: process property must not be empty", new ValidationOptions { RequireProcess = true });

    [Theory]
    [InlineData("\"/docker/id\"", "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/docker/id\" instead")]
    [InlineData("\"a:b:c:d\"", "expected cgroupsPath to be of format \"slice:prefix:name\"")]
    [InlineData("\"system:docker:id\"", "invalid slice name: \"system\"")]
    [InlineData("\"a--b.slice:docker:id\"", "invalid slice name: \"a--b.slice\"")]
    [InlineData("\"a/b.slice:docker:id\"", "invalid slice name")]
    [InlineData("\"a.slice:doc/ker:id\"", "invalid unit prefix: \"doc/ker\"")]
    [InlineData("\"a.slice:docker:\"", "invalid unit name: \"\"")]
    [InlineData("\"a.slice:docker:../id\"", "invalid unit name: \"../id\"")]
    public void CgroupsPath_thatIsNoUnit_isRefusedWithSystemd(string path, string expected) =>
        BadConfigTests.AssertSpoiled("linux.cgroupsPath", path, "config.json: linux.cgroupsPath: " + expected, new ValidationOptions { SystemdCgroup = true });

    [Theory]
    [InlineData("system.slice:docker:id")]
    [InlineData(":libpod:id")]
    [InlineData("-.slice::id")]
    [InlineData("user-1000.slice:a:b.slice")]
    [InlineData("")]
    public void CgroupsPath_thatIsAUnit_isAcceptedWithSystemd(string path)
    {
        var config = TestData.GoodConfig();
        config["linux"]!["cgroupsPath"] = path;
        Assert.Empty(SpecValidator.Validate(SpecReader.Parse(TestData.Bytes(config)), new ValidationOptions { SystemdCgroup = true }));
    }

    [Theory]
    [InlineData("\"private\"")]
    [InlineData("\"rprivate\"")]
    public void Propagation_private_isRefusedWithoutPivot(string propagation) =>
        BadConfigTests.AssertSpoiled("linux.rootfsPropagation", propagation, "rootfsPropagation of [r]private is not safe without pivot_root", new ValidationOptions { NoPivot = true });

    [Theory]
    [InlineData("linux", "{\"namespaces\":[{\"type\":\"uts\"}]}", "linux.namespaces: rootless container requires user namespaces")]
    [InlineData("annotations", "{}", "linux.netDevices: network devices are not supported for rootless containers")]
    public void Config_thatNeedsRoot_isRefusedWithoutRoot(string path, string json, string expected) =>
        BadConfigTests.AssertSpoiled(path, json, expected, new ValidationOptions { Rootless = true });

    [Theory]
    [InlineData("mounts[1].options[1]", "\"gid=70000\"", "cannot specify gid=70000 mount option for rootless container")]
    [InlineData("mounts[1].options[1]", "\"uid=70000\"", "cannot specify uid=70000 mount option for rootless container")]
    [InlineData("mounts[1].options[1]", "\"uid=5\"", "mounts[3]: id-mapped mounts are not supported for rootless containers")]
    public void Mount_thatNeedsRoot_isRefusedWithoutRoot(string path, string json, string expected)
    {
        var config = TestData.GoodConfig();
        TestData.Set(config, "linux.netDevices", null);
        TestData.Set(config, path, json);
        var spec = SpecReader.Parse(TestData.Bytes(config));
        var e = Assert.Throws<ContainerException>(() => SpecValidator.Validate(spec, new ValidationOptions { Rootless = true }));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UserNamespace_withNeitherPathNorMappings_isRefused()
    {
        var config = TestData.GoodConfig();
        TestData.Set(config, "linux.uidMappings", null);
        TestData.Set(config, "linux.gidMappings", null);
        var e = Assert.Throws<ContainerException>(() => SpecValidator.Validate(SpecReader.Parse(TestData.Bytes(config)), ValidationOptions.Default));
        Assert.Contains("no namespace path to join nor mappings to apply specified", e.Message, StringComparison.Ordinal);
    }
}
