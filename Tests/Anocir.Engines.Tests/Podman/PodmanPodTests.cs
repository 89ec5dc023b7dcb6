using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Podman;

/// <summary>Pods: an infra container whose namespaces the others join.</summary>
[Collection(PodmanCollection.Name)]
public sealed class PodmanPodTests(PodmanEngine engine)
{
    private readonly PodmanEngine _podman = engine.Ready();

    [SkippableFact]
    public void Members_share_the_namespaces_of_the_pod()
    {
        var pod = Create();
        try
        {
            using var member = _podman.StartSh(["--pod", pod], "echo shared > /dev/shm/note; echo ready; exec sleep 1000");
            member.WaitForLog("ready");
            var result = _podman.Sh(["--pod", pod], "hostname; cat /dev/shm/note; for n in net ipc uts mnt pid; do readlink /proc/self/ns/$n; done").Ok();
            Assert.Equal([pod, "shared"], result.Lines.Take(2));
            Assert.Equal(new[] { "net", "ipc", "uts" }.Select(kind => Processes.Namespace(member.Pid, kind)), result.Lines.Skip(2).Take(3));
            Assert.NotEqual(Processes.Namespace(member.Pid, "mnt"), result.Lines[5]);
            Assert.NotEqual(Processes.Namespace(member.Pid, "pid"), result.Lines[6]);
        }
        finally
        {
            _podman.Call("pod", "rm", "-f", "-t", "0", pod).Ok();
        }
    }

    [SkippableFact]
    public void Members_are_in_the_group_of_the_pod()
    {
        var pod = Create();
        try
        {
            using var member = _podman.Start(["--pod", pod], "sleep", "1000");
            var id = _podman.Call("pod", "inspect", "-f", "{{.ID}}", pod).Ok().Text;
            Assert.EndsWith($"{_podman.CgroupParent}/{id}/libpod-{member.Id}", Cgroups.Of(member.Pid, "pids"), StringComparison.Ordinal);
        }
        finally
        {
            _podman.Call("pod", "rm", "-f", "-t", "0", pod).Ok();
        }
    }

    [SkippableFact]
    public void Removed_pod_takes_its_members_along()
    {
        var pod = Create();
        using var member = _podman.Start(["--pod", pod], "sleep", "1000");
        var (id, pid) = (member.Id, member.Pid);
        _podman.Call("pod", "rm", "-f", "-t", "0", pod).Ok();
        Assert.False(Processes.Alive(pid));
        _podman.AssertNothingLeftOf(id);
    }

    [SkippableFact]
    public void Stopped_pod_starts_again()
    {
        var pod = Create();
        try
        {
            using var member = _podman.StartSh(["--pod", pod], "echo run; exec sleep 1000");
            member.WaitForLog("run");
            _podman.Call("pod", "stop", "-t", "0", pod).Ok();
            member.WaitForStatus("exited");
            _podman.Call("pod", "start", pod).Ok();
            member.WaitForLog("run\nrun");
            Assert.True(Processes.Alive(member.Pid));
        }
        finally
        {
            _podman.Call("pod", "rm", "-f", "-t", "0", pod).Ok();
        }
    }

    private string Create()
    {
        var name = _podman.NewName();
        _podman.Call("pod", "create", "--name", name, "--network", "none", "--share", "net,ipc,uts", "--cgroup-parent", _podman.CgroupParent,
            "--infra-image", ContainerEngine.Image, "--infra-command", "sleep 1000000").Ok();
        return name;
    }
}
