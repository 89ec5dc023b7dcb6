namespace Anocir.Conformance.Tests.ConfigLinux;

public sealed class NamespaceTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [InlineData("/proc", "proc", "proc", "")]
    [InlineData("/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro")]
    [InlineData("/dev/pts", "devpts", "devpts", "newinstance,ptmxmode=0666,mode=0620")]
    [InlineData("/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k")]
    [Clause("config-linux.md", "default-filesystems", Strength.Should, 72)]
    public void Usual_file_system_can_be_had(string point, string type, string source, string options)
    {
        var mountinfo = runtime.Inside("cat /proc/self/mountinfo; test -n \"$(ls -A /proc /sys)\"", c =>
            c.WithoutMount(point).Mount(point, type, source, options.Split(',', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(type, Asking.TopMount(mountinfo, point).Type);
    }

    [SkippableTheory]
    [InlineData("pid", "pid")]
    [InlineData("network", "net")]
    [InlineData("mount", "mnt")]
    [InlineData("ipc", "ipc")]
    [InlineData("uts", "uts")]
    [InlineData("user", "user")]
    [InlineData("cgroup", "cgroup")]
    [InlineData("time", "time")]
    [Clause("config-linux.md", "namespaces", Strength.Must, 75)]
    [Clause("config-linux.md", "namespaces", Strength.Should, 73)]
    public void Namespace_without_a_path_is_new(string type, string kind)
    {
        using var container = runtime.Running(c => With(c.WithoutNamespace(type), type));
        Assert.NotEqual(Processes.Namespace(Environment.ProcessId, kind), Processes.Namespace(container.Pid, kind));
    }

    [SkippableTheory]
    [InlineData("pid", "pid")]
    [InlineData("network", "net")]
    [InlineData("mount", "mnt")]
    [InlineData("ipc", "ipc")]
    [InlineData("uts", "uts")]
    [InlineData("user", "user")]
    [InlineData("cgroup", "cgroup")]
    [InlineData("time", "time")]
    [Clause("config-linux.md", "namespaces", Strength.Must, 76)]
    public void Namespace_that_is_not_listed_is_that_of_the_runtime(string type, string kind)
    {
        using var container = runtime.Running(c =>
        {
            c.WithoutNamespace(type);
            if (type == "uts") c.Set("hostname", null);
            // Without a network of its own sysfs cannot be mounted anew in every case, and masks have no place without mounts of their own.
            if (type is "network" or "mount") c.WithoutMount("/sys");
            if (type == "mount") c.Set("mounts", "[]").Set("linux.maskedPaths", null).Set("linux.readonlyPaths", null);
        });
        Assert.Equal(Processes.Namespace(Environment.ProcessId, kind), Processes.Namespace(container.Pid, kind));
    }

    [SkippableTheory]
    [InlineData("pid", "pid")]
    [InlineData("network", "net")]
    [InlineData("mount", "mnt")]
    [InlineData("ipc", "ipc")]
    [InlineData("uts", "uts")]
    [InlineData("user", "user")]
    [InlineData("cgroup", "cgroup")]
    [InlineData("time", "time")]
    [Clause("config-linux.md", "namespaces", Strength.Must, 74)]
    public void Namespace_with_a_path_is_joined(string type, string kind)
    {
        runtime.Require();
        using var holder = new NamespaceHolder(type);
        using var container = runtime.Running(c => c.WithoutNamespace(type).Set("linux.namespaces.4", $$"""{"type":"{{type}}","path":"/proc/{{holder.Pid}}/ns/{{kind}}"}"""));
        Assert.Equal(Processes.Namespace(holder.Pid, kind), Processes.Namespace(container.Pid, kind));
    }

    [SkippableTheory]
    [InlineData("network", "uts")]
    [InlineData("uts", "ipc")]
    [InlineData("ipc", "net")]
    [InlineData("pid", "uts")]
    [Clause("config-linux.md", "namespaces", Strength.Must, 74)]
    public void Path_of_a_namespace_of_another_type_is_an_error(string type, string other) =>
        runtime.Refuses(c => c.WithoutNamespace(type).Set("linux.namespaces.4", $$"""{"type":"{{type}}","path":"/proc/{{Environment.ProcessId}}/ns/{{other}}"}"""));

    [SkippableTheory]
    [InlineData("/proc/self/status")]
    [InlineData("/not/there")]
    [Clause("config-linux.md", "namespaces", Strength.Must, 74)]
    public void Path_of_no_namespace_is_an_error(string path) =>
        runtime.Refuses(c => c.WithoutNamespace("network").Set("linux.namespaces.4", $$"""{"type":"network","path":"{{path}}"}"""));

    [SkippableFact]
    [Clause("config-linux.md", "namespaces", Strength.Must, 74)]
    public void Path_of_a_namespace_that_is_not_absolute_is_an_error() =>
        runtime.Refuses(c => c.WithoutNamespace("network").Set("linux.namespaces.4", """{"type":"network","path":"proc/self/ns/net"}"""));

    [SkippableTheory]
    [InlineData("pid")]
    [InlineData("network")]
    [InlineData("mount")]
    [InlineData("ipc")]
    [InlineData("uts")]
    [Clause("config-linux.md", "namespaces", Strength.Must, 77)]
    public void Namespace_listed_twice_is_an_error(string type) => runtime.Refuses(c => c.Set("linux.namespaces.5", $$"""{"type":"{{type}}"}"""));

    [SkippableFact]
    [Clause("config-linux.md", "user-namespace-mappings", Strength.ShouldNot, 78)]
    public void Owners_of_the_files_are_not_changed_for_a_user_namespace()
    {
        using var container = runtime.Container(c => With(c, "user").Script("stat -c %u:%g /etc/passwd"));
        container.Run().Ok();
        Assert.Equal("65534:65534\n", container.Output);
        Assert.Equal("0:0", Command.Run("/usr/bin/stat", "-c", "%u:%g", container.Bundle.InRootfs("/etc/passwd")).Ok().Text);
    }

    [SkippableFact]
    [Clause("config-linux.md", "user-namespace-mappings", Strength.Must, 79)]
    public void Mappings_of_the_user_namespace_are_those_configured()
    {
        var seen = runtime.Inside("cat /proc/self/uid_map /proc/self/gid_map", c => With(c, "user")
            .Set("linux.uidMappings", """[{"containerID":0,"hostID":200000,"size":1000},{"containerID":1000,"hostID":5000,"size":1}]""")
            .Set("linux.gidMappings", """[{"containerID":0,"hostID":300000,"size":2000}]"""));
        Assert.Equal(["0 200000 1000", "1000 5000 1", "0 300000 2000"], seen.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    [SkippableFact]
    [Clause("config-linux.md", "offset-for-time-namespace", Strength.Must, 73)]
    public void Clocks_of_the_time_namespace_are_shifted_as_configured()
    {
        var seen = runtime.Inside("cat /proc/self/timens_offsets", c => With(c, "time").Set("linux.timeOffsets", """{"monotonic":{"secs":172800,"nanosecs":1},"boottime":{"secs":604800,"nanosecs":2}}"""));
        Assert.Equal(["monotonic 172800 1", "boottime 604800 2"], seen.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    private static JsonObject With(JsonObject config, string type)
    {
        config["linux"]!["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = type });
        if (type == "user")
        {
            config.Set("linux.uidMappings", """[{"containerID":0,"hostID":200000,"size":65536}]""")
                .Set("linux.gidMappings", """[{"containerID":0,"hostID":200000,"size":65536}]""");
        }

        return config;
    }
}
