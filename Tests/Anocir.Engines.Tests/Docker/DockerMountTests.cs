using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>The file system of a container: its root, volumes, tmpfs, propagation, masked paths.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerMountTests(DockerDaemon daemon)
{
    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableFact]
    public void Read_only_root_refuses_writes() =>
        _docker.Sh(["--read-only"], "echo x > /x").Exits(1).Complains("Read-only file system");

    [SkippableFact]
    public void Read_only_root_leaves_its_tmpfs_writable() =>
        _docker.Sh(["--read-only", "--tmpfs", "/scratch"], "echo kept > /scratch/x; cat /scratch/x; echo dev > /dev/shm/x").Ok().Prints("kept");

    [SkippableFact]
    public void Tmpfs_has_its_options()
    {
        var line = _docker.Sh(["--tmpfs", "/scratch:rw,noexec,nosuid,size=2m,mode=1700,uid=1000"], "grep ' /scratch ' /proc/mounts; stat -c %a:%u /scratch").Ok();
        line.Shows("tmpfs /scratch tmpfs").Shows("noexec").Shows("nosuid").Shows("size=2048k").Shows("1700:1000");
    }

    [SkippableFact]
    public void Tmpfs_without_exec_executes_nothing() =>
        _docker.Sh(["--tmpfs", "/scratch:noexec"], "cp /bin/busybox /scratch/true; /scratch/true").Exits(126).Complains("Permission denied");

    [SkippableFact]
    public void Volume_is_shared_both_ways()
    {
        var directory = _docker.Scratch.Folder("volumes", "rw");
        File.WriteAllText(Path.Combine(directory, "in"), "from outside");
        _docker.Sh(["-v", $"{directory}:/v"], "cat /v/in; echo from inside > /v/out").Ok().Prints("from outside");
        Assert.Equal("from inside\n", File.ReadAllText(Path.Combine(directory, "out")));
    }

    [SkippableFact]
    public void Read_only_volume_refuses_writes()
    {
        var directory = _docker.Scratch.Folder("volumes", "ro");
        _docker.Sh(["-v", $"{directory}:/v:ro"], "echo x > /v/x").Exits(1).Complains("Read-only file system");
        Assert.Empty(Directory.GetFileSystemEntries(directory));
    }

    [SkippableFact]
    public void Single_file_can_be_bound_over_another()
    {
        var file = _docker.Scratch.File("volumes", "file");
        File.WriteAllText(file, "bound\n");
        _docker.Run(["-v", $"{file}:/etc/plain:ro", "-v", $"{file}:/not/there/before"], "cat", "/etc/plain", "/not/there/before").Ok().Prints("bound\nbound");
    }

    [SkippableFact]
    public void Volume_over_a_link_in_the_image_stays_inside()
    {
        var (directory, outside) = (_docker.Scratch.Folder("volumes", "link"), _docker.Scratch.Folder("volumes", "target"));
        File.WriteAllText(Path.Combine(directory, "seen"), "");
        var context = _docker.Scratch.Folder("linktree");
        File.WriteAllText(Path.Combine(context, "Dockerfile"), $"FROM {ContainerEngine.Image}\nRUN ln -s {outside} /jump\n");
        var image = _docker.NewName();
        _docker.Call("build", "--network", "none", "-t", image, context).Ok();
        _docker.Call("run", "--rm", "--network", "none", "-v", $"{directory}:/jump/here", image, "ls", "/jump/here").Ok().Prints("seen");
        _docker.Call("rmi", "-f", image).Ok();
        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }

    [SkippableFact]
    public void Named_volume_outlives_its_container()
    {
        var name = _docker.NewName();
        _docker.Sh(["-v", $"{name}:/v"], "echo kept > /v/x").Ok();
        _docker.Run(["-v", $"{name}:/v"], "cat", "/v/x").Ok().Prints("kept");
        _docker.Call("volume", "rm", name).Ok();
    }

    [SkippableTheory]
    [InlineData("rslave", true)]
    [InlineData("rprivate", false)]
    public void Mount_made_outside_later_is_seen_by_a_slave_only(string propagation, bool seen)
    {
        var shared = SharedDirectory(propagation);
        using var container = _docker.Start(["-v", $"{shared}:/v:{propagation}"], "sleep", "1000");
        Command.Run("/bin/mount", "-t", "tmpfs", "late", Path.Combine(shared, "sub")).Ok();
        File.WriteAllText(Path.Combine(shared, "sub", "late"), "");
        Assert.Equal(seen, File.Exists($"/proc/{container.Pid}/root/v/sub/late"));
    }

    [SkippableTheory]
    [InlineData("rshared", true)]
    [InlineData("rslave", false)]
    public void Mount_made_inside_is_seen_outside_when_shared_only(string propagation, bool seen)
    {
        var shared = SharedDirectory("inside-" + propagation);
        using var container = _docker.StartSh(["-v", $"{shared}:/v:{propagation}", "--cap-add", "SYS_ADMIN"],
            "mount -t tmpfs inner /v/sub && : > /v/sub/inner && echo mounted; exec sleep 1000");
        container.WaitForLog("mounted");
        Assert.Equal(seen, File.Exists(Path.Combine(shared, "sub", "inner")));
    }

    [SkippableFact]
    public void Mounts_of_the_container_do_not_reach_the_host()
    {
        using var container = _docker.Start(["--tmpfs", "/only-inside"], "sleep", "1000");
        Assert.DoesNotContain("only-inside", File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Root_of_the_host_cannot_be_reached_by_the_container()
    {
        File.WriteAllText(_docker.Scratch.File("secret"), "");
        _docker.Sh(["--cap-add", "SYS_CHROOT"], $"ls {_docker.Scratch.Directory} 2>&1; ls /../../..{_docker.Scratch.Directory} 2>&1; grep -c . /proc/mounts")
            .Shows("No such file").Hides("secret");
    }

    [SkippableFact]
    public void Dangerous_files_of_proc_are_masked_or_read_only()
    {
        var result = _docker.Sh([],
            "wc -c < /proc/keys; wc -c < /proc/timer_list; ls /sys/firmware | wc -l; echo other > /proc/sys/kernel/hostname; "
            + "f=/proc/irq/default_smp_affinity; v=$(cat $f); echo $v > $f; cat /proc/mounts");
        Assert.Equal(["0", "0", "0"], result.Ok().Lines.Take(3));
        Assert.Equal(2, result.Error.Split("Read-only file system").Length - 1);
        foreach (var path in new[] { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" }.Where(Path.Exists))
            result.Shows($"proc {path} proc ro,");
    }

    [SkippableFact]
    public void Devices_and_links_of_dev_are_the_usual_ones()
    {
        var result = _docker.Sh([], "stat -c '%n %a %t:%T' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done").Ok();
        Assert.Equal(
            ["/dev/null 666 1:3", "/dev/zero 666 1:5", "/dev/full 666 1:7", "/dev/random 666 1:8", "/dev/urandom 666 1:9", "/dev/tty 666 5:0",
             "/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx"],
            result.Lines);
    }

    // A mount of its own that is shared, for propagation to have something to act on.
    private string SharedDirectory(string name)
    {
        var directory = _docker.Scratch.Folder("shared", name);
        Directory.CreateDirectory(Path.Combine(directory, "sub"));
        Command.Run("/bin/mount", "--bind", directory, directory).Ok();
        Command.Run("/bin/mount", "--make-shared", directory).Ok();
        return directory;
    }
}
