using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>Namespaces shared with the host or with another container, and the container's own init and name.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerNamespaceTests(DockerDaemon daemon)
{
    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableTheory]
    [InlineData("pid")]
    [InlineData("ipc")]
    [InlineData("uts")]
    public void Namespace_of_the_host_is_the_hosts(string kind) =>
        _docker.Run([$"--{kind}", "host"], "readlink", $"/proc/self/ns/{kind}").Ok().Prints(Processes.Namespace(Environment.ProcessId, kind));

    [SkippableFact]
    public void Processes_of_the_host_are_seen_in_its_pid_namespace() =>
        _docker.Sh(["--pid", "host"], $"[ -d /proc/{Environment.ProcessId} ] && echo seen").Ok().Prints("seen");

    [SkippableFact]
    public void Processes_of_the_host_are_not_seen_in_a_namespace_of_ones_own() =>
        _docker.Sh([], "ls -d /proc/[0-9]* | wc -l").Ok().Hides("1000");

    [SkippableFact]
    public void Pid_namespace_of_another_container_shows_its_processes()
    {
        using var other = _docker.Start([], "sleep", "4711");
        _docker.Run(["--pid", $"container:{other.Name}"], "ps").Ok().Shows("sleep 4711");
        _docker.Run(["--pid", $"container:{other.Name}"], "readlink", "/proc/self/ns/pid").Ok().Prints(Processes.Namespace(other.Pid, "pid"));
    }

    [SkippableFact]
    public void Member_of_anothers_pid_namespace_ends_alone()
    {
        using var other = _docker.Start([], "sleep", "1000");
        using var member = _docker.StartSh(["--pid", $"container:{other.Name}"], "sleep 1002 & echo ready; wait");
        member.WaitForLog("ready");
        member.Call("kill").Ok();
        Assert.Equal(137, member.Wait());
        _docker.AssertNothingLeftOf(member.Id);
        Assert.True(Processes.Alive(other.Pid));
    }

    [SkippableFact]
    public void Ipc_namespace_of_another_container_is_joined_with_its_shared_memory()
    {
        using var other = _docker.StartSh(["--ipc", "shareable"], "echo shared > /dev/shm/note; echo ready; exec sleep 1000");
        other.WaitForLog("ready");
        _docker.Sh(["--ipc", $"container:{other.Name}"], "cat /dev/shm/note; readlink /proc/self/ns/ipc").Ok()
            .Prints($"shared\n{Processes.Namespace(other.Pid, "ipc")}");
    }

    [SkippableFact]
    public void Network_namespace_of_another_container_is_joined()
    {
        using var other = _docker.Start([], "sleep", "1000");
        _docker.Run(["--network", $"container:{other.Name}"], "readlink", "/proc/self/ns/net").Ok().Prints(Processes.Namespace(other.Pid, "net"));
    }

    [SkippableFact]
    public void Host_name_is_the_containers_alone()
    {
        var before = File.ReadAllText("/proc/sys/kernel/hostname");
        _docker.Sh(["--hostname", "named", "--domainname", "example.test"], "hostname; cat /proc/sys/kernel/domainname").Ok().Prints("named\nexample.test");
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/hostname"));
    }

    [SkippableFact]
    public void Cgroup_namespace_hides_the_path_when_private()
    {
        _docker.Sh(["--cgroupns", "private"], "cat /proc/self/cgroup").Ok().Hides(_docker.Scratch.Name);
        _docker.Sh(["--cgroupns", "host"], "cat /proc/self/cgroup").Ok().Shows(_docker.Scratch.Name);
    }

    [SkippableFact]
    public void Init_runs_as_pid_1_passes_signals_and_reaps()
    {
        Skip.If(Programs.Find("docker-init") is null, "docker-init is not installed");
        using var container = _docker.StartSh(["--init"], "trap 'exit 6' TERM; (sleep 0 &); echo ready; while :; do usleep 20000; done");
        container.WaitForLog("ready");
        Assert.Contains("docker-init", File.ReadAllText($"/proc/{container.Pid}/cmdline"), StringComparison.Ordinal);
        container.Call("stop", "-t", "20").Ok();
        Assert.Equal(6, container.ExitCode);
    }

    [SkippableFact]
    public void Init_reports_the_signal_that_ended_its_child()
    {
        Skip.If(Programs.Find("docker-init") is null, "docker-init is not installed");
        _docker.Sh(["--init"], "kill -9 $$").Exits(137);
        _docker.Sh(["--init"], "kill -15 $$").Exits(143);
    }
}
