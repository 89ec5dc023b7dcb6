namespace Anocir.Conformance.Tests.ConfigLinux;

/// <summary>linux.netDevices: one end of a pair of virtual cables is moved into the container.</summary>
public sealed class NetworkDeviceTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private static int _count;

    [SkippableFact]
    [Clause("config-linux.md", "network-devices", Strength.Must, 82)]
    public void Device_is_moved_into_the_container_and_is_up()
    {
        using var pair = new Pair();
        Assert.Equal("UP", Flag(Inside(pair.Name, c => c.Set("linux.netDevices", $$"""{"{{pair.Name}}":{} }"""))));
    }

    [SkippableFact]
    [Clause("config-linux.md", "network-devices", Strength.Must, 82)]
    public void Device_is_given_its_new_name()
    {
        using var pair = new Pair();
        Assert.Equal("UP", Flag(Inside("inner0", c => c.Set("linux.netDevices", $$"""{"{{pair.Name}}":{"name":"inner0"} }"""))));
    }

    [SkippableFact]
    [Clause("config-linux.md", "network-devices", Strength.Must, 82)]
    public void Device_keeps_its_attributes_and_global_addresses()
    {
        using var pair = new Pair();
        Command.Run("/sbin/ip", "address", "add", "192.0.2.7/24", "dev", pair.Name).Ok();
        Command.Run("/sbin/ip", "link", "set", pair.Name, "mtu", "1234", "address", "02:00:00:00:12:34").Ok();
        var seen = Inside(pair.Name, c => c.Set("linux.netDevices", $$"""{"{{pair.Name}}":{} }"""));
        Assert.Contains("192.0.2.7/24", seen, StringComparison.Ordinal);
        Assert.Contains("mtu 1234", seen, StringComparison.Ordinal);
        Assert.Contains("02:00:00:00:12:34", seen, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Clause("config-linux.md", "network-devices", Strength.Must, 82)]
    public void Name_that_is_taken_in_the_container_is_an_error()
    {
        using var pair = new Pair();
        runtime.Refuses(c => c.Set("linux.netDevices", $$"""{"{{pair.Name}}":{"name":"lo"} }"""));
        Assert.True(Directory.Exists($"/sys/class/net/{pair.Name}"), "the device has gone");
    }

    [SkippableFact]
    [Clause("config-linux.md", "network-devices", Strength.Must, 82)]
    public void Device_that_is_not_there_is_an_error() => runtime.Refuses(c => c.Set("linux.netDevices", """{"nosuchdev0":{} }"""));

    private static string Flag(string shown) => shown.Split('<', '>')[1].Split(',').Contains("UP") ? "UP" : shown;

    private string Inside(string name, Action<JsonObject> edit) => runtime.Inside($"ip address show dev {name}", edit);

    /// <summary>Two ends on the host; what is left of them goes at the end.</summary>
    private sealed class Pair : IDisposable
    {
        public Pair()
        {
            Name = $"cf{Environment.ProcessId % 100000}x{Interlocked.Increment(ref _count)}";
            var made = Command.Run("/sbin/ip", "link", "add", Name, "type", "veth", "peer", "name", Name + "p");
            Skip.If(made.ExitCode != 0, $"no virtual cable can be made here: {made.Error.Trim()}");
        }

        public string Name { get; }

        // With one end goes the other, wherever it is.
        public void Dispose() => Command.Run("/sbin/ip", "link", "delete", Name + "p");
    }
}
