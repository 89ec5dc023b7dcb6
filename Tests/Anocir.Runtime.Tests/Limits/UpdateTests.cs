namespace Anocir.Runtime.Tests.Limits;

/// <summary>What update writes, read back from the kernel.</summary>
public sealed class UpdateTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string Initial = """
        {"memory":{"limit":33554432,"reservation":25165824},"cpu":{"shares":100,"quota":500000,"period":1000000},"pids":{"limit":20},
         "devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}
        """;

    [SkippableFact]
    public void Limits_common_to_both_versions_follow_the_flags()
    {
        using var container = Running();
        Expect(container, "33554432", "25165824", "20");
        Update(container, "--memory", "67108864").Prints("");
        Expect(container, "67108864", "25165824", "20");
        Update(container, "--memory=50M", "--memory-reservation", "32M", "--pids-limit", "10");
        Expect(container, "52428800", "33554432", "10");
        Update(container, "--pids-limit", "-1", "--memory", "-1");
        Expect(container, Unlimited, "33554432", "max");
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Bandwidth_keeps_the_half_that_is_not_given()
    {
        using var container = Running();
        ExpectCpu(container, "500000", "1000000", 100);
        Update(container, "--cpu-period", "900000");
        ExpectCpu(container, "500000", "900000", 100);
        Update(container, "--cpu-quota", "600000");
        ExpectCpu(container, "600000", "900000", 100);
        Update(container, "--cpu-quota", "-1");
        ExpectCpu(container, "-1", "900000", 100);
        Update(container, "--cpu-share", "200");
        ExpectCpu(container, "-1", "900000", 200);
        Update(container, "--cpu-period", "100000", "--cpu-quota", "50000", "--cpu-share", "300");
        ExpectCpu(container, "50000", "100000", 300);
        // Smaller at once: the old quota would not fit a shorter period under a parent's limit, nor the other way round.
        Update(container, "--cpu-period", "10000", "--cpu-quota", "3000");
        ExpectCpu(container, "3000", "10000", 300);
    }

    [SkippableFact]
    public void Container_that_was_made_without_limits_gets_them()
    {
        using var container = Running(resources: null);
        Update(container, "--cpu-quota", "30000");
        Assert.Equal(("30000", "100000"), Bandwidth(container));
        Update(container, "--cpu-period", "50000", "--pids-limit", "7", "--memory", "30M");
        Assert.Equal(("30000", "50000"), Bandwidth(container));
        Expect(container, "31457280", null, "7");
    }

    [SkippableFact]
    public void Document_on_standard_input_and_in_a_file_is_taken_and_leaves_the_rest()
    {
        using var container = Running();
        Update(container, """{"memory":{"limit":40000000,"reservation":0,"swap":0,"kernel":0},"cpu":{"shares":0,"quota":0,"period":0},"blockIO":{"weight":0}}""", "--resources", "-")
            .Prints("");
        Expect(container, Pages(40000000), "25165824", "20");
        ExpectCpu(container, "500000", "1000000", 100);
        var file = runtime.Scratch.File("resources.json");
        File.WriteAllText(file, """{"pids":{"limit":33},"cpu":{"cpus":"0"}}""");
        // Single flags beside a document are ignored.
        Update(container, "-r", file, "--pids-limit", "44", "--memory", "nonsense");
        Expect(container, Pages(40000000), "25165824", "33");
        Assert.Equal("0", Cgroups.Read(container.Pid, "cpuset", "cpuset.cpus", "cpuset.cpus"));
    }

    [SkippableTheory]
    [InlineData("docker-update-resources.json", "67108864")]
    [InlineData("podman-update-resources.json", "67108864")]
    public void Document_of_an_engine_is_taken(string file, string memory)
    {
        using var container = Running();
        Update(container, File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configs", "extra", file)), "--resources=-").Prints("");
        Expect(container, memory, null, null);
        Assert.Equal(("50000", "100000"), Bandwidth(container));
    }

    [SkippableFact]
    public void Swap_and_memory_go_up_and_down_together()
    {
        using var container = Running();
        Skip.IfNot(Cgroups.IsUnified("memory") || Cgroups.Has("memory", "memory.memsw.limit_in_bytes"), "no swap accounting");
        foreach (var (memory, swap) in new[] { (30, 50), (60, 80), (20, 20), (90, 300), (10, 11) })
        {
            Update(container, "--memory", $"{memory}M", "--memory-swap", $"{swap}M");
            Expect(container, $"{memory << 20}", null, null);
            var expected = Cgroups.IsUnified("memory") ? (swap - memory) << 20 : swap << 20;
            Assert.Equal($"{expected}", Cgroups.Read(container.Pid, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max"));
        }

        Assert.Contains("memory+swap limit should be >= memory limit", ErrorLine.MessageOf(Call(container, "--memory", "200M").Exits(1)), StringComparison.Ordinal);
        Update(container, "--memory", "-1");
        Assert.Equal(Unlimited, Cgroups.Read(container.Pid, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max"));
    }

    [SkippableFact]
    public void Change_that_is_refused_in_the_middle_leaves_everything_as_it_was()
    {
        runtime.RequireAnocir("runc leaves what had no limit before at the new one");
        using var container = Running("""{"pids":{"limit":20}}""");
        var before = Cgroups.Read(container.Pid, "memory", "memory.limit_in_bytes", "memory.max");
        var message = ErrorLine.MessageOf(Call(container, "--memory", "64M", "--pids-limit", "30", "--cpu-share", "300", "--cpuset-cpus", "4000").Exits(1));
        Assert.Contains("cpuset.cpus", message, StringComparison.Ordinal);
        Expect(container, before, null, "20");
        Assert.Equal(Cgroups.IsUnified("cpu") ? "100" : "1024", Cgroups.Read(container.Pid, "cpu", "cpu.shares", "cpu.weight"));
        // Nor is it remembered.
        Update(container, "--pids-limit", "31");
        Expect(container, before, null, "31");
        Assert.DoesNotContain("67108864", File.ReadAllText(StateFile(container)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Paused_container_stays_paused()
    {
        using var container = Running();
        runtime.Call("pause", container.Id).Ok();
        Update(container, "--pids-limit", "30", "--memory", "40M");
        Assert.Equal("paused", container.Status);
        Expect(container, "41943040", null, "30");
        runtime.Call("resume", container.Id).Ok();
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Created_container_is_updated_before_its_start()
    {
        using var container = Container(Initial);
        container.Create().Ok();
        Update(container, "--pids-limit", "25");
        Assert.Equal("created", container.Status);
        container.Start().Ok();
        Expect(container, "33554432", null, "25");
    }

    [SkippableFact]
    public void Idle_takes_the_shares_and_gives_them_back_when_asked()
    {
        using var container = Running();
        Skip.IfNot(Cgroups.Has("cpu", "cpu.idle") || Cgroups.IsUnified("cpu"), "no cpu.idle");
        foreach (var idle in new[] { "1", "0", "1" })
        {
            Update(container, "--cpu-idle", idle);
            Assert.Equal(idle, Idle());
        }

        Update(container, "--pids-limit", "30");
        Assert.Equal("1", Idle());
        if (RuntimeFixture.IsAnocir)
            Assert.Contains("the container is idle", ErrorLine.MessageOf(Call(container, "--cpu-share", "200").Exits(1)), StringComparison.Ordinal);
        Update(container, "--cpu-share", "200", "--cpu-idle", "0");
        ExpectCpu(container, "500000", "1000000", 200);

        string Idle() => Cgroups.Read(container.Pid, "cpu", "cpu.idle", "cpu.idle");
    }

    [SkippableFact]
    public void Burst_is_set_and_taken_away()
    {
        using var container = Running();
        Skip.IfNot(Cgroups.Has("cpu", "cpu.cfs_burst_us") || Cgroups.IsUnified("cpu"), "no burst");
        Update(container, "--cpu-burst", "300000");
        Assert.Equal("300000", Burst());
        Update(container, "--memory", "100M");
        Assert.Equal("300000", Burst());
        Update(container, "--cpu-quota", "900000", "--cpu-burst", "800000");
        Assert.Equal("800000", Burst());
        Update(container, "--cpu-burst", "0");
        Assert.Equal("0", Burst());

        string Burst() => Cgroups.Read(container.Pid, "cpu", "cpu.cfs_burst_us", "cpu.max.burst");
    }

    [SkippableFact]
    public void Limit_below_what_is_used_is_refused_when_that_was_asked_for()
    {
        using var container = Running();
        foreach (var memory in new[] { """{"limit":1024,"checkBeforeUpdate":true}""", """{"limit":1024,"swap":2048,"checkBeforeUpdate":true}""" })
        {
            var message = ErrorLine.MessageOf(Call(container, $$"""{"memory":{{memory}}}""", "-r", "-").Exits(1));
            if (RuntimeFixture.IsAnocir) Assert.Matches(@"rejecting memory(\+swap)? limit", message);
        }

        Expect(container, "33554432", "25165824", "20");
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    public void Device_that_is_allowed_all_the_time_is_never_denied()
    {
        runtime.RequireAnocir("runc cannot change device rules");
        using var container = Container(Initial);
        container.Bundle.Edit(c => c.Script("while :; do echo x >/dev/null || echo denied; done 2>&1"));
        container.Create().Ok();
        container.Start().Ok();
        for (var i = 0; i < 10; i++)
        {
            Update(container, """{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"b","major":7,"minor":0,"access":"r"}]}""", "-r", "-");
            Update(container, """{"devices":[{"allow":true,"access":"rwm"}]}""", "-r", "-");
            Update(container, """{"devices":[{"allow":false,"access":"rwm"}]}""", "-r", "-");
        }

        Assert.Equal("running", container.Status);
        Assert.Equal("", container.Output + container.Error);
        if (Cgroups.IsUnified("devices")) return;
        var list = File.ReadAllText(Path.Combine(Cgroups.Of(container.Pid, "devices"), "devices.list"));
        Assert.DoesNotContain("b 7:0", list, StringComparison.Ordinal);
        Assert.DoesNotContain("a *:*", list, StringComparison.Ordinal);
        Assert.Contains("c 1:3 rwm", list, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Limits_are_known_to_a_supervisor_that_comes_after()
    {
        runtime.RequireAnocir("it is about the supervisor");
        using var container = Running();
        Update(container, "--cpu-quota", "400000");
        SupervisorUnderTest.End(runtime.RuntimeDirectory);
        Update(container, "--cpu-period", "800000");
        ExpectCpu(container, "400000", "800000", 100);
        var limits = JsonNode.Parse(File.ReadAllText(StateFile(container)))!["resources"]!["cpu"]!;
        Assert.Equal((400000, 800000), ((int)limits["quota"]!, (int)limits["period"]!));
        Assert.Equal(2, runtime.Call("history", container.Id).Ok().Lines.Count(line => line.Contains(" updated ", StringComparison.Ordinal)));
        Assert.False(container.State.ContainsKey("resources"));
    }

    [SkippableFact]
    public void Kernel_memory_is_a_warning_and_no_more()
    {
        using var container = Running();
        var log = runtime.Scratch.File("update.log");
        var result = runtime.Call(new Caller(GlobalFlags: ["--log", log, "--log-format", "json"]), "update", "--kernel-memory", "5M", "--kernel-memory-tcp", "5M", container.Id).Ok();
        Assert.Equal("", result.Output + result.Error);
        if (RuntimeFixture.IsAnocir) Assert.Contains("\"level\":\"warning\",\"msg\":\"Kernel memory settings are ignored and will be removed\"", File.ReadAllText(log), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Ended_container_cannot_be_updated()
    {
        using var container = Running();
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        Assert.Contains("container not running", ErrorLine.MessageOf(Call(container, "--pids-limit", "5").Exits(1)), StringComparison.Ordinal);
    }

    private static string Unlimited => Cgroups.IsUnified("memory") ? "max" : "9223372036854771712";

    // Limits of version 1 are rounded down to whole pages, those of version 2 too.
    private static string Pages(long bytes) => $"{bytes / Environment.SystemPageSize * Environment.SystemPageSize}";

    private string StateFile(Container container) => Path.Combine(runtime.Root, container.Id, "state.json");

    private Container Container(string? resources) => runtime.Container(c =>
    {
        c.Args("sleep", "1000");
        if (resources is not null) c.Set("linux.resources", resources);
    });

    private Container Running(string? resources = Initial)
    {
        var container = Container(resources);
        container.Create().Ok();
        container.Start().Ok();
        return container;
    }

    /// <summary>The first word may be the document for standard input.</summary>
    private CommandResult Call(Container container, params string[] words) => words[0].StartsWith('{')
        ? runtime.Call(new Caller(Input: words[0]), ["update", .. words[1..], container.Id])
        : runtime.Call(["update", .. words, container.Id]);

    private CommandResult Update(Container container, params string[] words)
    {
        var result = Call(container, words).Ok();
        Assert.Equal("", result.Error);
        return result;
    }

    /// <summary>Null: not looked at.</summary>
    private static void Expect(Container container, string? memory, string? reservation, string? pids)
    {
        var pid = container.Pid;
        if (memory is not null) Assert.Equal(memory, Cgroups.Read(pid, "memory", "memory.limit_in_bytes", "memory.max"));
        if (reservation is not null) Assert.Equal(reservation, Cgroups.Read(pid, "memory", "memory.soft_limit_in_bytes", "memory.low"));
        if (pids is not null) Assert.Equal(pids, Cgroups.Read(pid, "pids", "pids.max", "pids.max"));
    }

    private static (string Quota, string Period) Bandwidth(Container container)
    {
        if (!Cgroups.IsUnified("cpu"))
            return (Cgroups.Read(container.Pid, "cpu", "cpu.cfs_quota_us", ""), Cgroups.Read(container.Pid, "cpu", "cpu.cfs_period_us", ""));
        var both = Cgroups.Read(container.Pid, "cpu", "", "cpu.max").Split(' ');
        return (both[0].Replace("max", "-1", StringComparison.Ordinal), both[1]);
    }

    private static void ExpectCpu(Container container, string quota, string period, int shares)
    {
        Assert.Equal((quota, period), Bandwidth(container));
        // The weights of 100, 200 and 300 shares.
        var expected = !Cgroups.IsUnified("cpu") ? shares : shares switch { 100 => 17, 200 => 29, _ => 39 };
        Assert.Equal($"{expected}", Cgroups.Read(container.Pid, "cpu", "cpu.shares", "cpu.weight"));
    }
}
