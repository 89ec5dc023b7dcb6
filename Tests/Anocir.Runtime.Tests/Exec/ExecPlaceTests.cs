namespace Anocir.Runtime.Tests.Exec;

/// <summary>Where the process of an exec is: the namespaces and the cgroups of the container's init.</summary>
public sealed class ExecPlaceTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private static readonly string[] Kinds = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

    private static readonly string ShowNamespaces = $"for n in {string.Join(' ', Kinds)}; do readlink /proc/self/ns/$n; done";

    [SkippableFact]
    public void Namespaces_are_those_of_init()
    {
        using var container = runtime.Running(c => c.AddNamespace("cgroup"));
        Assert.Equal(Of(container.Pid), container.ExecScript(ShowNamespaces).Ok().Lines);
    }

    [SkippableFact]
    public void Namespaces_are_those_of_init_in_a_user_namespace()
    {
        using var container = runtime.Running(c => c.AddNamespace("cgroup").InUserNamespace());
        var result = container.ExecScript(ShowNamespaces + "; cat /proc/self/uid_map | tr -s ' '; id -u").Ok();
        Assert.Equal(Of(container.Pid), result.Lines.Take(Kinds.Length));
        Assert.Equal(["0 100000 65536", "0"], result.Lines.Skip(Kinds.Length).Select(l => l.Trim()));
        Assert.NotEqual(Processes.Namespace(Environment.ProcessId, "user"), Processes.Namespace(container.Pid, "user"));
    }

    [SkippableFact]
    public void Namespaces_that_the_container_joined_are_joined()
    {
        using var first = runtime.Running();
        var paths = first.Pid;
        using var second = runtime.Running(c => c.Set("linux.namespaces", $$"""
            [{"type":"mount"},{"type":"pid","path":"/proc/{{paths}}/ns/pid"},{"type":"ipc","path":"/proc/{{paths}}/ns/ipc"},
             {"type":"uts","path":"/proc/{{paths}}/ns/uts"},{"type":"network","path":"/proc/{{paths}}/ns/net"}]
            """).Set("hostname", null));
        var result = second.ExecScript(ShowNamespaces).Ok();
        Assert.Equal(Of(second.Pid), result.Lines);
        Assert.Equal(Processes.Namespace(first.Pid, "net"), Processes.Namespace(second.Pid, "net"));
    }

    [SkippableFact]
    public void Joined_user_namespace_is_joined_with_the_rest()
    {
        runtime.RequireAnocir("runc 1.1 cannot join a user namespace and make others");
        using var first = runtime.Running(c => c.InUserNamespace());
        using var second = runtime.Running(c => c.InUserNamespace()
            .Set("linux.namespaces", $$"""[{"type":"user","path":"/proc/{{first.Pid}}/ns/user"},{"type":"mount"},{"type":"pid"},{"type":"ipc"},{"type":"uts"},{"type":"network"}]""")
            .Set("linux.uidMappings", null).Set("linux.gidMappings", null));
        Assert.Equal(Of(second.Pid), second.ExecScript(ShowNamespaces).Ok().Lines);
    }

    [SkippableFact]
    public void Namespaces_of_the_host_stay_the_hosts()
    {
        using var container = runtime.Running(c => c.WithoutNamespace("pid").WithoutNamespace("network").WithoutNamespace("ipc").WithoutNamespace("uts").Set("hostname", null));
        Assert.Equal(Of(container.Pid), container.ExecScript(ShowNamespaces).Ok().Lines);
    }

    [SkippableFact]
    public void Cgroups_are_those_of_init()
    {
        using var container = runtime.Running();
        var own = File.ReadAllLines($"/proc/{container.Pid}/cgroup").Order(StringComparer.Ordinal);
        Assert.Equal(own, container.Exec("cat", "/proc/self/cgroup").Ok().Lines.Order(StringComparer.Ordinal));
        Assert.Contains(own, line => line.Contains(container.Id, StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Sub_cgroup_of_one_controller_is_entered()
    {
        Skip.If(Cgroups.IsUnified("pids"), "version 2 knows no controllers here");
        using var container = runtime.Running();
        var own = Cgroups.Of(container.Pid, "pids");
        Directory.CreateDirectory(Path.Combine(own, "below", "it"));
        var before = File.ReadAllLines($"/proc/{container.Pid}/cgroup");
        var result = container.PrepareExec(new Caller(), ["--cgroup", "pids:below/it"], "cat", "/proc/self/cgroup").Run().Ok();
        foreach (var line in before)
        {
            var expected = line.Contains(":pids:", StringComparison.Ordinal) ? line + "/below/it" : line;
            Assert.Contains(expected, result.Lines);
        }
    }

    [SkippableFact]
    public void Sub_cgroups_of_several_controllers_are_entered()
    {
        Skip.If(Cgroups.IsUnified("pids") || Cgroups.IsUnified("memory") || Cgroups.IsUnified("freezer"), "version 2 knows no controllers here");
        using var container = runtime.Running();
        foreach (var (controller, name) in new[] { ("pids", "a"), ("memory", "a"), ("freezer", "b") }) Directory.CreateDirectory(Path.Combine(Cgroups.Of(container.Pid, controller), name));
        var result = container.PrepareExec(new Caller(), ["--cgroup", "pids,memory:a", "--cgroup", "freezer:/b"], "cat", "/proc/self/cgroup").Run().Ok();
        Assert.Contains(result.Lines, l => l.Contains("pids", StringComparison.Ordinal) && l.EndsWith("/a", StringComparison.Ordinal));
        Assert.Contains(result.Lines, l => l.Contains("memory", StringComparison.Ordinal) && l.EndsWith("/a", StringComparison.Ordinal));
        Assert.Contains(result.Lines, l => l.Contains("freezer", StringComparison.Ordinal) && l.EndsWith("/b", StringComparison.Ordinal));
        Assert.Contains(result.Lines, l => l.Contains("cpuset", StringComparison.Ordinal) && l.EndsWith(container.Id, StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Limits_of_the_container_hold_for_an_exec()
    {
        using var container = runtime.Running(c => c.Set("linux.resources.pids.limit", "2"));
        // Init, the shell, and one too many.
        container.ExecScript("true & wait; echo here").Complains("fork");
    }

    [SkippableFact]
    public void Root_and_mounts_are_the_containers()
    {
        using var container = runtime.Running(c => c.Mount("/mnt", "tmpfs", "tmpfs"));
        container.ExecScript("echo x > /mnt/f").Ok();
        Assert.False(File.Exists(container.Bundle.InRootfs("/mnt/f")));
        Assert.Equal("x\n", File.ReadAllText($"/proc/{container.Pid}/root/mnt/f"));
        container.ExecScript("cd /; ls -di / /.. | tr -s ' ' | cut -d' ' -f1 | uniq | wc -l; hostname").Ok().Prints("1\nplain");
    }

    private static IEnumerable<string> Of(int pid) => Kinds.Select(kind => Processes.Namespace(pid, kind));
}
