using Anocir.Platform.Cgroups.Systemd;
using Anocir.Platform.Systemd;
using Anocir.Platform.Tests.Cgroups;
using Xunit;

namespace Anocir.Platform.Tests.Systemd;

public class SystemdNamesTests
{
    [Theory]
    [InlineData("system.slice", "/system.slice")]
    [InlineData("test-a-b.slice", "/test.slice/test-a.slice/test-a-b.slice")]
    [InlineData("-.slice", "")]
    public void Slice_names_the_way_to_it(string slice, string path) => Assert.Equal(path, SliceName.Path(slice));

    [Theory]
    [InlineData(".slice")]
    [InlineData("a")]
    [InlineData("a.scope")]
    [InlineData("a--b.slice")]
    [InlineData("-a.slice")]
    [InlineData("a/b.slice")]
    public void Slice_of_another_form_is_refused(string slice) =>
        Assert.Equal($"invalid slice name: {slice}", Assert.Throws<ContainerException>(() => SliceName.Path(slice)).Message);

    [Theory]
    [InlineData("system.slice:docker:abc", "/system.slice/docker-abc.scope")]
    [InlineData(":docker:abc", "/default.slice/docker-abc.scope")]
    [InlineData("a-b.slice::abc", "/a.slice/a-b.slice/-abc.scope")]
    [InlineData("-.slice:x:abc", "/x-abc.scope")]
    [InlineData(null, "/default.slice/anocir-id.scope")]
    public void Scope_is_where_its_path_says(string? cgroupsPath, string path) => Assert.Equal(path, ScopeName.Parse(cgroupsPath, "id", "default.slice").Path);

    [Theory]
    [InlineData("/docker/abc")]
    [InlineData("a.slice:b")]
    [InlineData("a.slice:b:")]
    [InlineData("a.slice:b:c.slice")]
    public void Scope_of_another_form_is_refused(string cgroupsPath) => Assert.Throws<ContainerException>(() => ScopeName.Parse(cgroupsPath, "id", "s.slice"));

    [Fact]
    public void Unit_is_below_the_managers_cgroup_in_the_hierarchy()
    {
        using var fake = FakeHost.Unified();
        var location = fake.Detect().LocateUnit("/user.slice/user@1000.service/user.slice/a-b.scope", "a-b.scope", "user.slice");
        Assert.Equal([$"{fake.Root}/sys/fs/cgroup/user.slice/user@1000.service/user.slice/a-b.scope"], location.Directories);
        Assert.Equal("a-b.scope", location.Unit);
    }

    [Theory]
    [InlineData("252.39-1~deb12u1", 252)]
    [InlineData("v245.4-1.fc32", 245)]
    [InlineData("257", 257)]
    public void Version_is_the_number_in_front(string text, int version) => Assert.Equal(version, SystemdFacts.ParseVersion(text));

    [Theory]
    [InlineData("239 (239-82.el8)")]
    [InlineData("new")]
    public void Version_that_is_too_old_or_none_is_refused(string text) => Assert.Throws<ContainerException>(() => SystemdFacts.ParseVersion(text));

    [Fact]
    public void Address_of_a_user_is_what_the_environment_says_then_what_is_there()
    {
        var environment = new Dictionary<string, string> { ["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/x", ["XDG_RUNTIME_DIR"] = "/run/user/a b" };
        Assert.Equal(
            [new BusAddress("unix:path=/x", true), new BusAddress("unix:path=/run/user/a%20b/bus", true), new BusAddress("unix:path=/run/user/a%20b/systemd/private", false)],
            BusAddress.User(environment.GetValueOrDefault, _ => true, 1000));
        Assert.Equal([new BusAddress("unix:path=/run/user/1000/systemd/private", false)], BusAddress.User(_ => null, p => p.EndsWith("private", StringComparison.Ordinal), 1000));
    }

    [Fact]
    public void Address_that_is_named_and_there_is_tried_once()
    {
        var environment = new Dictionary<string, string> { ["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/run/user/5/bus" };
        Assert.Single(BusAddress.User(environment.GetValueOrDefault, p => p == "/run/user/5/bus", 5));
    }

    [Fact]
    public void Address_of_nobody_says_what_is_missing() =>
        Assert.Contains("/run/user/1000", Assert.Throws<ContainerException>(() => BusAddress.User(_ => null, _ => false, 1000)).Message, StringComparison.Ordinal);
}
