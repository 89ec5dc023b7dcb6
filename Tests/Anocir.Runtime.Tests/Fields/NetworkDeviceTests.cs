namespace Anocir.Runtime.Tests.Fields;

/// <summary>linux.netDevices: devices of the caller's network namespace, which is the test's own.</summary>
public sealed class NetworkDeviceTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string Hold = "echo ready; exec sleep 1000";

    [SkippableFact]
    public void Device_moves_with_its_name_addresses_and_attributes_and_is_up()
    {
        using var home = Home();
        home.Ip("link set tv0 mtu 1400 address 02:11:22:33:44:55");
        home.Ip("addr add 10.9.8.7/24 brd 10.9.8.255 dev tv0");
        home.Ip("addr add fd00:9::7/64 dev tv0 nodad");
        home.Ip("addr add 169.254.3.3/16 scope link dev tv0");
        home.Ip("link set tv0 up");
        using var container = Start(home, """{"tv0":{}}""");
        var inside = Inside(container, "addr show dev tv0");
        Assert.Contains("mtu 1400", inside, StringComparison.Ordinal);
        Assert.Contains("02:11:22:33:44:55", inside, StringComparison.Ordinal);
        Assert.Contains("inet 10.9.8.7/24 brd 10.9.8.255 scope global tv0", inside, StringComparison.Ordinal);
        Assert.Contains("inet6 fd00:9::7/64 scope global", inside, StringComparison.Ordinal);
        // Addresses of the link alone are not taken along (config-linux.md, Network Devices).
        Assert.DoesNotContain("169.254.3.3", inside, StringComparison.Ordinal);
        Assert.Matches("<[^>]*\\bUP\\b", inside);
        Assert.DoesNotContain("tv0:", home.Ip("link show").Replace("tv0@", "tv0:", StringComparison.Ordinal).Replace("tv1@tv0", "tv1", StringComparison.Ordinal).Replace("tv1@if", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Device_gets_the_name_that_it_is_given()
    {
        using var home = Home();
        home.Ip("addr add 10.9.8.7/24 dev tv0");
        using var container = Start(home, """{"tv0":{"name":"eth0"},"tv1":{"name":"ctr_eth1"}}""");
        var links = Inside(container, "-br link show");
        Assert.Contains("eth0@", links, StringComparison.Ordinal);
        Assert.Contains("ctr_eth1@", links, StringComparison.Ordinal);
        Assert.DoesNotContain("tv0", links.Replace("@tv0", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("10.9.8.7/24", Inside(container, "addr show dev eth0"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Template_is_numbered_by_the_kernel()
    {
        using var home = Home();
        using var container = Start(home, """{"tv0":{"name":"net%d"},"tv1":{"name":"net%d"}}""");
        var links = Inside(container, "-br link show");
        Assert.Contains("net0@", links, StringComparison.Ordinal);
        Assert.Contains("net1@", links, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Device_moves_into_a_joined_namespace()
    {
        using var home = Home();
        using var target = new NetworkNamespace();
        using var container = Start(home, """{"tv0":{"name":"eth5"}}""", c => Join(c, target));
        Assert.Contains("eth5", target.Ip("-br link show"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Name_that_is_taken_in_the_container_is_refused_and_the_device_stays()
    {
        using var home = Home();
        home.Ip("addr add 10.9.8.7/24 dev tv0");
        home.Ip("link set tv0 up");
        using var target = new NetworkNamespace();
        target.Ip("link add eth0 type ifb");
        using var container = runtime.Container(c => Join(c, target).Set("linux.netDevices", """{"tv0":{"name":"eth0"}}"""));
        var message = ErrorLine.MessageOf(Prepare(container, "create", home).Run().Exits(1));
        Assert.Contains("linux.netDevices.tv0: the container's network namespace has a device eth0 already", message, StringComparison.Ordinal);
        AssertBack(home);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Device_that_is_not_there_is_named_and_the_others_go_back()
    {
        using var home = Home();
        home.Ip("addr add 10.9.8.7/24 dev tv0");
        home.Ip("link set tv0 up");
        using var container = runtime.Container(c => c.Set("linux.netDevices", """{"tv0":{"name":"a"},"nosuch":{}}"""));
        var message = ErrorLine.MessageOf(Prepare(container, "create", home).Run().Exits(1));
        Assert.Contains("linux.netDevices.nosuch: there is no such network device", message, StringComparison.Ordinal);
        AssertBack(home);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("create")]
    [InlineData("run")]
    public void Device_is_back_when_a_later_step_of_the_creation_fails(string verb)
    {
        using var home = Home();
        home.Ip("addr add 10.9.8.7/24 dev tv0");
        home.Ip("link set tv0 up");
        using var container = runtime.Container(c => c.Set("linux.netDevices", """{"tv0":{"name":"eth0"}}""").Args("/no/such/program"));
        Prepare(container, verb, home).Run().Exits(1);
        AssertBack(home);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Loopback_cannot_be_moved_and_is_named()
    {
        using var home = Home();
        using var container = runtime.Container(c => c.Set("linux.netDevices", """{"lo":{"name":"other"}}"""));
        Assert.Contains("linux.netDevices.lo", ErrorLine.MessageOf(Prepare(container, "create", home).Run().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    private static void AssertBack(NetworkNamespace home)
    {
        var link = home.Ip("addr show dev tv0");
        Assert.Contains("10.9.8.7/24", link, StringComparison.Ordinal);
        Assert.Matches("<[^>]*\\bUP\\b", link);
    }

    private static JsonObject Join(JsonObject config, NetworkNamespace target)
    {
        config.WithoutNamespace("network")["linux"]!["namespaces"]!.AsArray().Add((JsonNode)new JsonObject { ["type"] = "network", ["path"] = target.Path });
        return config;
    }

    /// <summary>A namespace with a pair of devices. The supervisor is started outside it: it would keep it for longer than the test.</summary>
    private NetworkNamespace Home()
    {
        runtime.RequireAnocir("runc 1.1 has no netDevices");
        Skip.If(Programs.WhyNot("ip") is not null, Programs.WhyNot("ip"));
        runtime.Call("list").Ok();
        var home = new NetworkNamespace();
        home.Ip("link add tv0 type veth peer name tv1");
        return home;
    }

    private static Invocation Prepare(Container container, string verb, NetworkNamespace home) => container.Prepare(verb, new Caller(Wrapper: home.Wrapper));

    private Container Start(NetworkNamespace home, string devices, Action<JsonObject>? edit = null)
    {
        var container = runtime.Container(c =>
        {
            c.Set("linux.netDevices", devices).Script(Hold);
            edit?.Invoke(c);
        });
        container.Prepare("run", new Caller(Wrapper: home.Wrapper), "--detach").Run().Ok();
        container.WaitForOutput("ready");
        return container;
    }

    private static string Inside(Container container, string arguments) =>
        Command.Run("/usr/bin/nsenter", [$"--net=/proc/{container.Pid}/ns/net", "ip", .. arguments.Split(' ')]).Ok().Output;
}
