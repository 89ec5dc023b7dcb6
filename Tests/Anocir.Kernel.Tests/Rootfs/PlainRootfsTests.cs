using Anocir.Platform.Oci;
using Anocir.Platform.Rootfs;
using Xunit;
using static Anocir.Kernel.Tests.Rootfs.RootfsSandbox;

namespace Anocir.Kernel.Tests.Rootfs;

public sealed class PlainRootfsTests : IDisposable
{
    private const string Mountinfo = "cat /proc/self/mountinfo";
    private readonly RootfsSandbox _sandbox;

    public PlainRootfsTests()
    {
        SkipUnlessPossible();
        _sandbox = new RootfsSandbox();
    }

    public void Dispose() => _sandbox?.Dispose();

    [SkippableFact]
    public void Docker_mounts_appear_with_their_options_and_nothing_of_the_host()
    {
        var hosts = _sandbox.Write("hosts", "127.0.0.1 me\n");
        var mqueue = new Mount { Destination = "/dev/mqueue", Type = "mqueue", Source = "mqueue", Options = ["nosuid", "noexec", "nodev"] };
        var shm = new Mount { Destination = "/dev/shm", Type = "tmpfs", Source = "shm", Options = ["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"] };
        var run = _sandbox.Run(Spec(Proc, Dev, DevPts, Sys, mqueue, shm, Bind(hosts, "/etc/hosts", "rbind", "rprivate")), Mountinfo + "; cat /etc/hosts; ls -a /");

        Assert.Equal(["/", "/proc", "/dev", "/dev/pts", "/sys", "/dev/mqueue", "/dev/shm", "/etc/hosts"], run.Mounts.Select(m => m.Path));
        Assert.Equal(["rw", "nosuid", "nodev", "noexec", "relatime"], run.Mount("/proc").Options);
        Assert.Equal(["rw", "nosuid"], run.Mount("/dev").Options);
        Assert.Contains("size=65536k", run.Mount("/dev").SuperOptions);
        Assert.Contains("ptmxmode=666", run.Mount("/dev/pts").SuperOptions);
        Assert.Contains("ro", run.Mount("/sys").Options);
        Assert.Equal("shm", run.Mount("/dev/shm").Source);
        Assert.Contains("127.0.0.1 me", run.Output);
    }

    [SkippableFact]
    public void Default_devices_and_symlinks_have_the_right_numbers_and_modes()
    {
        var run = _sandbox.Run(Spec(Proc, Dev, DevPts), "stat -c '%n %F %t:%T %a' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; readlink /dev/fd /dev/stdin /dev/ptmx; echo gone > /dev/null && head -c 2 /dev/zero | wc -c; for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done; stat -c '%a' /dev");

        string[] expected = ["null character special file 1:3 666", "zero character special file 1:5 666", "full character special file 1:7 666", "random character special file 1:8 666", "urandom character special file 1:9 666", "tty character special file 5:0 666"];
        Assert.Equal(expected.Select(e => "/dev/" + e), run.Successful.Split('\n').Take(6));
        Assert.Contains("/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\n755", run.Output);
    }

    [SkippableFact]
    public void Listed_device_anywhere_gets_its_mode_and_owner()
    {
        var spec = Spec(Proc, Dev);
        spec = spec with
        {
            Linux = spec.Linux! with
            {
                Devices =
                [
                    new() { Path = "/dev/net/tun", Type = "c", Major = 10, Minor = 200, FileMode = 0x1B0, Uid = 7, Gid = 8 },
                    new() { Path = "/srv/disk", Type = "b", Major = 300, Minor = 1000 },
                    new() { Path = "/dev/pipe", Type = "p", FileMode = 0x180 },
                    new() { Path = "/dev/null", Type = "c", Major = 1, Minor = 3, FileMode = 0x1B4 },
                ],
            },
        };
        var run = _sandbox.Run(spec, "stat -c '%n %F %t:%T %a %u:%g' /dev/net/tun /srv/disk /dev/pipe /dev/null");
        string[] expected =
        [
            "/dev/net/tun character special file a:c8 660 7:8", "/srv/disk block special file 12c:3e8 666 0:0", "/dev/pipe fifo 0:0 600 0:0", "/dev/null character special file 1:3 664 0:0", "",
        ];
        Assert.Equal(expected, run.Successful.Split('\n'));
    }

    [SkippableFact]
    public void Dev_bound_from_the_host_is_left_as_it_is()
    {
        var dev = _sandbox.MakeDirectory("hostdev");
        var run = _sandbox.Run(Spec(Proc, Bind(dev, "/dev", "bind")), "ls /dev");
        Assert.Equal("", run.Successful);
        Assert.Empty(Directory.GetFileSystemEntries(dev));
    }

    [SkippableFact]
    public void Binds_reach_files_directories_and_sockets_and_make_their_destinations()
    {
        var file = _sandbox.Write("f", "content");
        _sandbox.Write("d/inside", "below");
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Path.Combine(_sandbox.Bundle, "s")));
        var run = _sandbox.Run(Spec(Proc, Bind(file, "/deep/er/f", "bind", "ro"), Bind("d", "relative/d", "rbind"), Bind("s", "/run/s", "bind")),
            "cat /deep/er/f /relative/d/inside; stat -c %F /run/s; echo x > /deep/er/f 2>/dev/null || echo read-only; echo y > /relative/d/new; " + Mountinfo);
        Assert.StartsWith("contentbelowsocket\nread-only\n", run.Successful);
        Assert.Equal("y\n", File.ReadAllText(Path.Combine(_sandbox.Bundle, "d/new")));
        Assert.Contains("ro", run.Mount("/deep/er/f").Options);
    }

    [SkippableFact]
    public void Destination_behind_a_dangling_symlink_is_made_inside_the_root()
    {
        Directory.CreateDirectory(Path.Combine(_sandbox.Root, "etc"));
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "etc/resolv.conf"), "../../../run/systemd/resolve/stub-resolv.conf");
        var file = _sandbox.Write("resolv", "nameserver 1.2.3.4");
        var run = _sandbox.Run(Spec(Proc, Bind(file, "/etc/resolv.conf", "bind")), "cat /etc/resolv.conf");
        Assert.Equal("nameserver 1.2.3.4", run.Successful);
        Assert.True(File.Exists(Path.Combine(_sandbox.Root, "run/systemd/resolve/stub-resolv.conf")));
    }

    [SkippableFact]
    public void Names_and_sysctls_are_set_in_the_namespaces_of_the_container()
    {
        var spec = Spec(Proc);
        spec = spec with
        {
            Hostname = "box",
            Domainname = "example.org",
            Linux = spec.Linux! with { Sysctl = new Dictionary<string, string> { ["net.ipv4.ip_unprivileged_port_start"] = "81", ["kernel/shmmni"] = "77" } },
        };
        var before = File.ReadAllText("/proc/sys/kernel/shmmni");
        var run = _sandbox.Run(spec, "hostname; cat /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shmmni");
        Assert.Equal("box\nexample.org\n81\n77\n", run.Successful);
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/shmmni"));
    }

    [SkippableFact]
    public void Sysctl_without_a_proc_mount_goes_through_a_private_procfs()
    {
        var spec = Spec();
        spec = spec with { Linux = spec.Linux! with { Sysctl = new Dictionary<string, string> { ["kernel.shmmni"] = "78" } } };
        var run = _sandbox.Run(spec, "mkdir -p /proc && mount -t proc proc /proc && cat /proc/sys/kernel/shmmni");
        Assert.Equal("78\n", run.Successful);
    }

    [SkippableFact]
    public void Unknown_sysctl_is_named()
    {
        var spec = Spec(Proc);
        spec = spec with { Linux = spec.Linux! with { Sysctl = new Dictionary<string, string> { ["kernel.no_such"] = "1" } } };
        Assert.Equal("open /proc/sys/kernel/no_such: ENOENT (no such file or directory)\n", _sandbox.Run(spec, "true").Error);
    }

    [SkippableFact]
    public void Masked_and_readonly_paths_are_hidden_and_shut()
    {
        _sandbox.Write("rootfs/secret/file", "s");
        _sandbox.Write("rootfs/other/file", "s");
        _sandbox.Write("rootfs/shut/file", "s");
        var spec = Spec(Proc, Dev);
        spec = spec with
        {
            Linux = spec.Linux! with { MaskedPaths = ["/secret", "/other", "/proc/keys", "/missing", "/bin/busybox/below"], ReadonlyPaths = ["/shut", "/proc/sys", "/missing"] },
        };
        var run = _sandbox.Run(spec, "ls /secret /other | grep file; wc -c < /proc/keys; touch /secret/x 2>/dev/null || echo no1; touch /shut/x 2>/dev/null || echo no2; echo 1 2>/dev/null > /proc/sys/kernel/shmmni || echo no3; cat /shut/file; " + Mountinfo);
        Assert.StartsWith("0\nno1\nno2\nno3\ns", run.Successful);
        Assert.Contains("nosuid", run.Mount("/proc/sys").Options);
        Assert.Contains("ro", run.Mount("/proc/sys").Options);
        Assert.Contains("nr_inodes=1", run.Mount("/other").SuperOptions);
        Assert.Equal("/null", run.Mount("/proc/keys").SourceRoot);
    }

    [SkippableFact]
    public void Readonly_root_leaves_the_mounts_writable()
    {
        var spec = Spec(Proc, Dev, new Mount { Destination = "/tmp", Type = "tmpfs", Source = "tmpfs" });
        spec = spec with { Root = spec.Root! with { Readonly = true } };
        var run = _sandbox.Run(spec, "touch /x 2>/dev/null || echo no; touch /tmp/x && echo yes; " + Mountinfo);
        Assert.StartsWith("no\nyes\n", run.Successful);
        Assert.Contains("ro", run.Mount("/").Options);
    }

    [SkippableFact]
    public void Readonly_dev_and_tmpfs_are_filled_first()
    {
        var file = _sandbox.Write("f", "below");
        var dev = Dev with { Options = [.. Dev.Options!, "ro"] };
        var run = _sandbox.Run(Spec(Proc, dev, DevPts, new Mount { Destination = "/t", Type = "tmpfs", Source = "tmpfs", Options = ["ro"] }, Bind(file, "/t/a/f", "bind")),
            "stat -c %t:%T /dev/null; cat /t/a/f; " + Mountinfo);
        Assert.StartsWith("1:3\nbelow", run.Successful);
        Assert.Contains("ro", run.Mount("/dev").Options);
        Assert.Contains("ro", run.Mount("/t").Options);
    }

    [SkippableFact]
    public void Tmpfs_keeps_the_mode_of_the_directory_and_copies_up_its_content()
    {
        var directory = _sandbox.MakeDirectory("rootfs/data");
        _sandbox.Write("rootfs/data/sub/file", "copied");
        File.SetUnixFileMode(Path.Combine(directory, "sub/file"), (UnixFileMode)0x9ED);
        File.CreateSymbolicLink(Path.Combine(directory, "link"), "/etc/passwd");
        File.SetUnixFileMode(directory, (UnixFileMode)0x3E8);
        File.SetLastWriteTimeUtc(Path.Combine(directory, "sub/file"), DateTime.UnixEpoch.AddSeconds(1000));
        var run = _sandbox.Run(Spec(Proc, new Mount { Destination = "/data", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup", "ro"] }),
            "stat -c %a /data; cat /data/sub/file; stat -c ' %a %Y' /data/sub/file; readlink /data/link; touch /data/x 2>/dev/null || echo no; " + Mountinfo);
        Assert.StartsWith("1750\ncopied 4755 1000\n/etc/passwd\nno\n", run.Successful);
        Assert.Equal("tmpfs", run.Mount("/data").FileSystem);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Masks_cannot_be_shed_by_a_new_procfs_in_a_user_namespace(bool noPivot)
    {
        // The kernel grants one as long as a full procfs is in the mount namespace: the host's must be gone, pivot_root or not.
        _sandbox.MakeDirectory("rootfs/new");
        var spec = Spec(Proc, Dev, Sys);
        spec = spec with { Linux = spec.Linux! with { MaskedPaths = ["/proc/keys"] } };
        var run = _sandbox.Run(
            spec, "unshare -U -r -m -p -f sh -c 'echo in; mount -t proc proc /new 2>/dev/null && echo shed'; ls /; cat /proc/self/mountinfo", change: p => p with { NoPivot = noPivot });
        Assert.StartsWith("in\nbin\ndev\nnew\nproc\nsys\n", run.Successful);
        Assert.Equal("rootfs", Path.GetFileName(run.Mount("/").SourceRoot));
    }

    [SkippableFact]
    public void Overlay_with_more_layers_than_a_parameter_holds_is_mounted()
    {
        var layers = Enumerable.Range(0, 12).Select(i => _sandbox.MakeDirectory($"layer-with-a-long-name-{i}")).ToArray();
        _sandbox.Write("layer-with-a-long-name-11/last", "deep");
        var run = _sandbox.Run(Spec(Proc, new Mount { Destination = "/o", Type = "overlay", Source = "overlay", Options = [$"lowerdir={string.Join(':', layers)}", "noatime"] }), "cat /o/last; " + Mountinfo);
        Assert.StartsWith("deep", run.Successful);
        Assert.Contains("noatime", run.Mount("/o").Options);
    }

    [SkippableFact]
    public void Refused_filesystem_option_is_told_in_the_words_of_the_filesystem()
    {
        var run = _sandbox.Run(Spec(Proc, new Mount { Destination = "/t", Type = "tmpfs", Source = "tmpfs", Options = ["nonsense=1"] }), "true");
        Assert.Equal(125, run.Status);
        Assert.Equal("mount tmpfs on /t (tmpfs: Unknown parameter 'nonsense'): EINVAL (invalid argument)\n", run.Error);
    }

    [SkippableFact]
    public void Missing_source_and_root_are_named()
    {
        Assert.Equal("mount /no/such on /x: ENOENT (no such file or directory)\n", _sandbox.Run(Spec(Bind("/no/such", "/x", "bind")), "true").Error);
        Assert.Equal("open root filesystem /nowhere: ENOENT (no such file or directory)\n", _sandbox.Run(Spec(), "true", change: static p => p with { RootPath = "/nowhere" }).Error);
    }
}
