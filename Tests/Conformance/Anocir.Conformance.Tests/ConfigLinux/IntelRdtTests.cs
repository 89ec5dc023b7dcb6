namespace Anocir.Conformance.Tests.ConfigLinux;

/// <summary>linux.intelRdt. Where there is a resctrl file system its groups are looked at, and those made by the tests go with them.</summary>
public sealed class IntelRdtTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string Resctrl = "/sys/fs/resctrl";

    [SkippableFact]
    [Clause("config-linux.md", "intelrdt", Strength.Must, 96)]
    public void Without_a_resctrl_file_system_it_is_an_error()
    {
        runtime.Require();
        Skip.If(File.Exists($"{Resctrl}/tasks"), "a resctrl file system is mounted");
        runtime.Refuses(c => c.Set("linux.intelRdt", """{"closID":"conformance"}"""));
        runtime.Refuses(c => c.Set("linux.intelRdt", """{"l3CacheSchema":"L3:0=f"}"""));
    }

    [SkippableFact]
    [Clause("config-linux.md", "intelrdt", Strength.Must, 96)]
    [Clause("config-linux.md", "intelrdt", Strength.Must, 100)]
    public void Process_is_in_a_group_named_after_the_container_that_goes_with_it()
    {
        Require();
        using var container = runtime.Created(c => c.Set("linux.intelRdt", "{}"));
        var group = $"{Resctrl}/{container.Id}";
        Assert.Contains($"{container.Pid}", File.ReadAllLines($"{group}/tasks"));
        container.Delete("--force").Ok();
        Assert.False(Directory.Exists(group));
    }

    [SkippableFact]
    [Clause("config-linux.md", "intelrdt", Strength.MustNot, 96)]
    public void Without_a_configuration_resctrl_is_not_touched()
    {
        Require();
        var before = Directory.GetDirectories(Resctrl);
        using var container = runtime.Created();
        Assert.Equal(before.Order(), Directory.GetDirectories(Resctrl).Order());
        Assert.Contains($"{container.Pid}", File.ReadAllLines($"{Resctrl}/tasks"));
    }

    [SkippableFact]
    [Clause("config-linux.md", "intelrdt", Strength.Must, 97)]
    public void Class_named_by_a_slash_is_the_default_one()
    {
        Require();
        using var container = runtime.Created(c => c.Set("linux.intelRdt.closID", "\"/\""));
        Assert.Contains($"{container.Pid}", File.ReadAllLines($"{Resctrl}/tasks"));
    }

    [SkippableTheory]
    [InlineData("""{"memBwSchema":"L3:0=f"}""")]
    [InlineData("""{"memBwSchema":"MB:0=50\nMB:1=50"}""")]
    [InlineData("""{"schemata":["L3:0=f\nMB:0=50"]}""")]
    [Clause("config-linux.md", "intelrdt", Strength.Must, 98)]
    public void Schema_of_another_form_is_an_error(string rdt)
    {
        Require();
        runtime.Refuses(c => c.Set("linux.intelRdt", rdt));
    }

    [SkippableFact]
    [Clause("config-linux.md", "intelrdt", Strength.Must, 99)]
    public void Schemata_are_written_last()
    {
        Require();
        var current = File.ReadAllLines($"{Resctrl}/schemata").Select(line => line.Trim()).First(line => line.StartsWith("L3:", StringComparison.Ordinal));
        using var container = runtime.Created(c => c.Set("linux.intelRdt", $$"""{"l3CacheSchema":"{{current}}","schemata":["{{current}}"]}"""));
        Assert.Contains(current, File.ReadAllLines($"{Resctrl}/{container.Id}/schemata").Select(line => line.Trim()));
    }

    [SkippableFact]
    [Clause("config-linux.md", "intelrdt", Strength.Must, 101)]
    [Clause("config-linux.md", "intelrdt", Strength.MustNot, 103)]
    public void Named_class_with_a_schema_is_made_and_stays()
    {
        Require();
        var current = File.ReadAllLines($"{Resctrl}/schemata").Select(line => line.Trim()).First(line => line.StartsWith("L3:", StringComparison.Ordinal));
        var group = $"{Resctrl}/{runtime.Name}-class";
        try
        {
            using (var container = runtime.Created(c => c.Set("linux.intelRdt", $$"""{"closID":"{{runtime.Name}}-class","l3CacheSchema":"{{current}}"}""")))
                Assert.Contains($"{container.Pid}", File.ReadAllLines($"{group}/tasks"));
            Assert.True(Directory.Exists(group));
        }
        finally
        {
            Command.Run("/bin/rmdir", group);
        }
    }

    [SkippableFact]
    [Clause("config-linux.md", "intelrdt", Strength.Must, 102)]
    public void Named_class_without_a_schema_has_to_be_there()
    {
        Require();
        runtime.Refuses(c => c.Set("linux.intelRdt.closID", $"\"{runtime.Name}-not-there\""));
    }

    [SkippableFact]
    [Clause("config-linux.md", "intelrdt", Strength.Must, 104)]
    public void Monitoring_group_is_made_and_goes_with_the_container()
    {
        Require();
        using var container = runtime.Created(c => c.Set("linux.intelRdt", """{"closID":"/","enableMonitoring":true}"""));
        var group = $"{Resctrl}/mon_groups/{container.Id}";
        Assert.Contains($"{container.Pid}", File.ReadAllLines($"{group}/tasks"));
        container.Delete("--force").Ok();
        Assert.False(Directory.Exists(group));
    }

    private void Require()
    {
        runtime.Require();
        Skip.IfNot(File.Exists($"{Resctrl}/tasks"), "no resctrl file system is mounted (the processor has no cache allocation, or the kernel does not support it)");
    }
}
