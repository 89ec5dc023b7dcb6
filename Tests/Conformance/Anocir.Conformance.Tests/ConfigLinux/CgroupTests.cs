namespace Anocir.Conformance.Tests.ConfigLinux;

public sealed class CgroupTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    [Clause("config-linux.md", "cgroups-path", Strength.Must, 83)]
    public void Absolute_path_is_relative_to_the_mount_of_the_cgroups()
    {
        using var container = runtime.Running(c => c.Set("linux.cgroupsPath", $"\"{runtime.CgroupParent}/absolute\""));
        Assert.Equal(CgroupLine("pids", Environment.ProcessId).Point + $"{runtime.CgroupParent}/absolute", Cgroups.Of(container.Pid, "pids"));
    }

    [SkippableFact]
    [Clause("config-linux.md", "cgroups-path", Strength.Must, 84)]
    public void Same_path_is_the_same_place()
    {
        foreach (var path in new[] { $"{runtime.CgroupParent}/same", $"{runtime.Name}-relative" })
        {
            string[] places = [Place(path), Place(path)];
            Assert.Equal(places[0], places[1]);
            Assert.False(Directory.Exists(places[0]), $"{places[0]} is there still");
        }

        string Place(string path)
        {
            using var container = runtime.Running(c => c.Set("linux.cgroupsPath", $"\"{path}\""));
            return Cgroups.Of(container.Pid, "pids");
        }
    }

    [SkippableFact]
    [Clause("config-linux.md", "cgroups-path", Strength.Must, 85)]
    public void Path_that_cannot_be_made_is_an_error() =>
        runtime.Refuses(c => c.Set("linux.cgroupsPath", $"\"{runtime.CgroupParent}/{new string('x', 5000)}\""));

    [SkippableFact]
    [Clause("config-linux.md", "cgroups-path", Strength.Must, 85)]
    public void Path_does_not_lead_out_of_the_cgroups()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000").Set("linux.cgroupsPath", $"\"/../../../..{runtime.CgroupParent}/up\""));
        if (container.Create().ExitCode != 0) return;
        Assert.EndsWith("/up", Cgroups.Of(container.Pid, "pids"), StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{runtime.CgroupParent}/up"));
    }

    [SkippableFact]
    [Clause("config-linux.md", "cgroup-ownership", Strength.ShouldNot, 87)]
    public void Owner_of_a_version_1_cgroup_is_not_changed()
    {
        runtime.Require();
        Skip.If(Cgroups.IsUnified("pids"), "all controllers are of version 2 here");
        using var container = runtime.Running(c => UserSpace(c));
        Assert.Equal("0:0", Command.Run("/usr/bin/stat", "-c", "%u:%g", Cgroups.Of(container.Pid, "pids")).Ok().Text);
    }

    [SkippableFact]
    [Clause("config-linux.md", "cgroup-ownership", Strength.Should, 87)]
    public void Owner_of_a_delegated_version_2_cgroup_is_the_user_of_the_container()
    {
        runtime.Require();
        Skip.IfNot(Cgroups.IsUnified("pids"), "controllers are of version 1 here");
        using var container = runtime.Running(c => UserSpace(c).Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev"));
        var cgroup = Cgroups.Of(container.Pid, "pids");
        var delegated = File.Exists("/sys/kernel/cgroup/delegate") ? File.ReadAllLines("/sys/kernel/cgroup/delegate") : ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];
        foreach (var file in Directory.GetFiles(cgroup).Append(cgroup))
        {
            var owner = Command.Run("/usr/bin/stat", "-c", "%u", file).Ok().Text;
            Assert.Equal(file == cgroup || delegated.Contains(Path.GetFileName(file)) ? "200000" : "0", owner);
        }
    }

    [SkippableTheory]
    [InlineData("""{"allow":true,"type":"c","major":200,"minor":7,"access":"rwm"}""", "", "No such device or address")]
    [InlineData("""{"allow":true,"type":"c","major":200,"minor":7,"access":"rwm"}""", """,{"allow":false,"type":"c","major":200,"minor":7,"access":"rw"}""", "Operation not permitted")]
    [InlineData("""{"allow":false,"type":"c","major":200,"minor":7,"access":"rw"}""", """,{"allow":true,"type":"c","major":200,"minor":7,"access":"rwm"}""", "No such device or address")]
    [Clause("config-linux.md", "allowed-device-list", Strength.Must, 88)]
    public void Rules_of_devices_are_applied_in_the_order_listed(string first, string second, string seen) =>
        Assert.Contains(seen, runtime.Inside("mknod /dev/made c 200 7; cat /dev/made 2>&1; true", c =>
            c.Set("linux.resources.devices", $$"""[{"allow":false,"access":"rwm"},{{first}}{{second}}]""")), StringComparison.Ordinal);

    [SkippableFact]
    [Clause("config-linux.md", "memory", Strength.Must, 89)]
    public void Limit_of_memory_below_the_usage_is_rejected_when_asked_for()
    {
        runtime.Require();
        RuntimeUnderTest.Require("update");
        using var container = runtime.Container(c => c.Script("head -c 30m /dev/zero >/dev/filled; echo filled; exec sleep 1000").Set("linux.resources.memory.limit", "100000000"));
        container.Create().Ok();
        container.Start().Ok();
        container.WaitForOutput("filled");
        var update = new Caller(Input: """{"memory":{"limit":5000000,"checkBeforeUpdate":true}}""");
        Assert.NotEqual(0, runtime.Call(update, "update", "--resources", "-", container.Id).ExitCode);
        Assert.Equal("running", container.Status);
    }

    [SkippableFact]
    [Clause("config-linux.md", "cpu", Strength.Must, 90)]
    public void Burst_above_the_quota_is_an_error()
    {
        runtime.Require();
        Skip.IfNot(Cgroups.Has("cpu", "cpu.cfs_burst_us") || Cgroups.IsUnified("cpu"), "the kernel knows of no burst");
        runtime.Refuses(c => c.Set("linux.resources.cpu", """{"period":100000,"quota":10000,"burst":20000}"""));
    }

    [SkippableTheory]
    [InlineData("0", "0")]
    [InlineData("33", "33")]
    [InlineData("-1", "max")]
    [Clause("config-linux.md", "pids", Strength.Should, 92)]
    public void Limit_of_processes_is_the_one_configured(string limit, string seen)
    {
        using var container = runtime.Created(c => c.Set("linux.resources.pids.limit", limit));
        Assert.Equal(seen, Cgroups.Read(container.Pid, "pids", "pids.max", "pids.max"));
    }

    [SkippableTheory]
    [InlineData("cpu", "cpu.shares", "512", "cpu.weight", "59")]
    [InlineData("cpu", "cpu.cfs_quota_us", "20000", "cpu.max", "20000 50000")]
    [InlineData("cpu", "cpu.cfs_period_us", "50000", "cpu.max", "20000 50000")]
    [InlineData("cpu", "cpu.cfs_burst_us", "10000", "cpu.max.burst", "10000")]
    [InlineData("cpuset", "cpuset.cpus", "0", "cpuset.cpus", "0")]
    [InlineData("cpuset", "cpuset.mems", "0", "cpuset.mems", "0")]
    [InlineData("memory", "memory.limit_in_bytes", "67108864", "memory.max", "67108864")]
    [InlineData("memory", "memory.soft_limit_in_bytes", "33554432", "memory.low", "33554432")]
    [Clause("config-linux.md", "control-groups", Strength.Must, 23)]
    public void Resource_is_limited_as_configured(string controller, string file, string value, string unified, string unifiedValue)
    {
        runtime.Require();
        Skip.IfNot(Cgroups.IsUnified(controller) || Cgroups.Has(controller, file), $"the kernel has no {file}");
        using var container = runtime.Created(c => c.Set("linux.resources.cpu", """{"shares":512,"quota":20000,"period":50000,"burst":10000,"cpus":"0","mems":"0"}""")
            .Set("linux.resources.memory", """{"limit":67108864,"reservation":33554432}"""));
        Assert.Equal(Cgroups.IsUnified(controller) ? unifiedValue : value, Cgroups.Read(container.Pid, controller, file, unified));
    }

    [SkippableFact]
    [Clause("config-linux.md", "rdma", Strength.Must, 93)]
    public void Limit_of_rdma_without_handles_and_objects_is_an_error()
    {
        runtime.Require();
        Skip.IfNot(File.ReadAllText("/proc/cgroups").Contains("\nrdma\t", StringComparison.Ordinal), "the kernel has no rdma controller");
        runtime.Refuses(c => c.Set("linux.resources.rdma", """{"mlx5_0":{}}"""));
    }

    [SkippableFact]
    [Clause("config-linux.md", "unified", Strength.Must, 95)]
    public void Keys_of_version_2_are_written_as_they_are()
    {
        runtime.Require();
        Skip.IfNot(Cgroups.IsUnified("memory"), "controllers are of version 1 here");
        using var container = runtime.Created(c => c.Set("linux.resources.unified", """{"memory.high":"50331648","cgroup.max.depth":"7"}"""));
        Assert.Equal("50331648", Cgroups.Read(container.Pid, "memory", "", "memory.high"));
        Assert.Equal("7", Cgroups.Read(container.Pid, "memory", "", "cgroup.max.depth"));
    }

    [SkippableTheory]
    [InlineData("no_such_controller.max")]
    [InlineData("pids.no_such_file")]
    [Clause("config-linux.md", "unified", Strength.Must, 95)]
    public void Key_of_version_2_that_is_not_there_is_an_error(string key) =>
        runtime.Refuses(c => c.Set("linux.resources.unified", $$"""{"{{key}}":"7"}"""));

    [SkippableFact]
    [Clause("config-linux.md", "unified", Strength.Must, 95)]
    public void Value_of_a_controller_that_is_not_there_is_an_error()
    {
        runtime.Require();
        Skip.If(Cgroups.Has("net_cls", "net_cls.classid"), "there is a net_cls controller here");
        runtime.Refuses(c => c.Set("linux.resources.network.classID", "1048577"));
    }

    private static JsonObject UserSpace(JsonObject config)
    {
        config["linux"]!["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "user" });
        config["linux"]!["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "cgroup" });
        return config.Set("linux.uidMappings", """[{"containerID":0,"hostID":200000,"size":65536}]""")
            .Set("linux.gidMappings", """[{"containerID":0,"hostID":200000,"size":65536}]""");
    }

    private static (string Point, string Group) CgroupLine(string controller, int pid)
    {
        var place = Cgroups.Of(pid, controller);
        var group = File.ReadLines($"/proc/{pid}/cgroup").Select(line => line.Split(':', 3)).Where(p => p[1].Split(',').Contains(controller) || p[1].Length == 0)
            .OrderByDescending(p => p[1].Length).First()[2];
        return (place[..(place.Length - group.Length)], group);
    }
}
