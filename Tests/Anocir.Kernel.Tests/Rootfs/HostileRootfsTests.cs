using Anocir.Platform.Oci;
using Xunit;
using static Anocir.Kernel.Tests.Rootfs.RootfsSandbox;

namespace Anocir.Kernel.Tests.Rootfs;

/// <summary>Images that try to reach out of their root filesystem; each fails to only because of the defence named in the list of CVEs.</summary>
public sealed class HostileRootfsTests : IDisposable
{
    private readonly RootfsSandbox _sandbox;
    private readonly string _outside;

    public HostileRootfsTests()
    {
        SkipUnlessPossible();
        _sandbox = new RootfsSandbox();
        _outside = _sandbox.MakeDirectory("outside");
    }

    public void Dispose() => _sandbox?.Dispose();

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dev_symlink_to_the_host_gets_no_nodes_there(bool mounted)
    {
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "dev"), _outside);
        var run = _sandbox.Run(mounted ? Spec(Proc, Dev, DevPts) : Spec(Proc), "stat -c %t:%T /dev/null");
        Assert.Empty(Directory.GetFileSystemEntries(_outside));
        if (mounted) Assert.Equal("1:3\n", run.Successful);
        else Assert.Equal("open /dev in the root filesystem: ELOOP (too many levels of symbolic links)\n", run.Error);
    }

    [SkippableTheory]
    [InlineData("proc")]
    [InlineData("sys")]
    public void Proc_or_sys_as_a_symlink_is_refused(string name)
    {
        _sandbox.MakeDirectory("rootfs/real");
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, name), "/real");
        var run = _sandbox.Run(Spec(name == "proc" ? Proc : Sys), "true");
        Assert.Equal(125, run.Status);
        Assert.Contains("must be mounted on ordinary directory", run.Error);
    }

    [SkippableFact]
    public void Dangling_proc_symlink_is_refused_and_its_target_is_not_made()
    {
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "proc"), "/made");
        var run = _sandbox.Run(Spec(Proc), "true");
        Assert.Contains("must be mounted on ordinary directory", run.Error);
        Assert.False(Directory.Exists(Path.Combine(_sandbox.Root, "made")));
    }

    [SkippableTheory]
    [InlineData("/../../../../../..")]
    [InlineData("")]
    public void Destination_through_an_absolute_symlink_stays_inside(string prefix)
    {
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "leak"), prefix + _outside);
        var file = _sandbox.Write("f", "in");
        var run = _sandbox.Run(Spec(Proc, Bind(file, "/leak/a/b", "bind"), new Mount { Destination = "/leak/t", Type = "tmpfs", Source = "tmpfs" }), "cat /leak/a/b");
        Assert.Equal("in", run.Successful);
        Assert.Empty(Directory.GetFileSystemEntries(_outside));
    }

    [SkippableFact]
    public void Symlink_loop_ends_in_an_error()
    {
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "a"), "b");
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "b"), "a");
        Assert.Equal("open /a/x in the root filesystem: ELOOP (too many levels of symbolic links)\n", _sandbox.Run(Spec(Proc, new Mount { Destination = "/a/x", Type = "tmpfs" }), "true").Error);
    }

    [SkippableTheory]
    [InlineData("/proc/sys/kernel")]
    [InlineData("/proc/self/attr")]
    public void Volume_led_into_proc_by_a_symlink_is_refused(string target)
    {
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "volume"), target);
        _sandbox.Write("fake/exec", "");
        var run = _sandbox.Run(Spec(Proc, Bind("fake", "/volume", "bind")), "true");
        Assert.Equal("\"/volume\" cannot be mounted because it is inside /proc\n", run.Error);
    }

    [SkippableFact]
    public void Volume_over_proc_itself_by_a_symlink_is_refused()
    {
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "volume"), "/proc");
        _sandbox.MakeDirectory("fake");
        Assert.Equal("\"/volume\" cannot be mounted because it is inside /proc\n", _sandbox.Run(Spec(Proc, Bind("fake", "/volume", "bind")), "true").Error);
    }

    [SkippableFact]
    public void Lxcfs_files_may_cover_theirs_and_a_procfs_may_be_bound_on_proc()
    {
        var meminfo = _sandbox.Write("meminfo", "MemTotal: 1 kB\n");
        Assert.Equal("MemTotal: 1 kB\n", _sandbox.Run(Spec(Proc, Bind(meminfo, "/proc/meminfo", "bind", "ro")), "cat /proc/meminfo").Successful);
        Assert.Equal("/proc\n", _sandbox.Run(Spec(Bind("/proc", "/proc", "rbind")), "ls -d /proc").Successful);
        _sandbox.MakeDirectory("fake");
        Assert.Equal("\"/proc\" cannot be mounted: only a procfs may be there\n", _sandbox.Run(Spec(Bind("fake", "/proc", "bind")), "true").Error);
    }

    [SkippableFact]
    public void Null_device_that_is_something_else_masks_nothing()
    {
        // CVE-2025-31133: with /dev from the image, what is bound over a masked file would be of the image's choice.
        _sandbox.MakeDirectory("rootfs/dev");
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "dev/null"), "/proc/sys/kernel/core_pattern");
        var spec = Spec(Proc);
        spec = spec with { Linux = spec.Linux! with { MaskedPaths = ["/proc/keys"] } };
        Assert.Equal("device /dev/null: another file is there already\n", _sandbox.Run(spec, "cat /proc/keys").Error);

        var bound = _sandbox.MakeDirectory("hostdev");
        File.CreateSymbolicLink(Path.Combine(bound, "null"), "/proc/sys/kernel/core_pattern");
        var withBind = Spec(Proc, Bind(bound, "/dev", "bind"));
        withBind = withBind with { Linux = spec.Linux };
        Assert.Equal("/dev/null is not the null device (character device 1:3)\n", _sandbox.Run(withBind, "cat /proc/keys").Error);
    }

    [SkippableFact]
    public void Console_that_is_a_symlink_is_refused()
    {
        var dev = _sandbox.MakeDirectory("hostdev");
        Directory.CreateDirectory(Path.Combine(dev, "pts"));
        var victim = _sandbox.Write("rootfs/victim", "untouched");
        File.CreateSymbolicLink(Path.Combine(dev, "console"), "/victim");
        var spec = Spec(Proc, Bind(dev, "/dev", "bind"), DevPts) with { Process = new Process { Terminal = true } };
        Assert.Equal("open /dev/console in the root filesystem: ELOOP (too many levels of symbolic links)\n", _sandbox.Run(spec, "true").Error);
        Assert.Equal("untouched", File.ReadAllText(victim));
    }

    [SkippableFact]
    public void Terminal_multiplexer_that_is_something_else_is_refused()
    {
        // CVE-2025-52565: a ptmx from the image would name a slave of its choice.
        _sandbox.MakeDirectory("rootfs/dev/pts");
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "dev/pts/ptmx"), "/bin/busybox");
        var spec = Spec(Proc) with { Process = new Process { Terminal = true } };
        Assert.Equal("/dev/pts/ptmx is not the terminal multiplexer of a devpts\n", _sandbox.Run(spec, "true").Error);
    }

    [SkippableFact]
    public void Copy_up_does_not_follow_symlinks_out()
    {
        var secret = _sandbox.Write("outside/secret", "hidden");
        _sandbox.MakeDirectory("rootfs/data");
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "data/link"), secret);
        File.CreateSymbolicLink(Path.Combine(_sandbox.Root, "data/dir"), _outside);
        var run = _sandbox.Run(Spec(Proc, new Mount { Destination = "/data", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup"] }), "cat /data/link 2>/dev/null || readlink /data/link; ls /data/dir/ 2>/dev/null || echo none");
        Assert.Equal($"{secret}\nnone\n", run.Successful);
    }

    [SkippableFact]
    public void Destination_swapped_for_a_symlink_all_the_time_never_leads_outside()
    {
        // CVE-2021-30465, CVE-2024-45310: a neighbour in a shared volume swaps the destination while it is walked.
        _sandbox.MakeDirectory("volume/dir");
        File.CreateSymbolicLink(Path.Combine(_sandbox.Bundle, "volume/link"), _outside);
        var mounts = new List<Mount> { Proc, Bind("volume", "/volume", "rbind") };
        for (var i = 0; i < 40; i++) mounts.Add(new Mount { Destination = $"/volume/dir/sub{i}/x", Type = "tmpfs", Source = "tmpfs" });
        using var stop = new CancellationTokenSource();
        var volume = Path.Combine(_sandbox.Bundle, "volume");
        var swapper = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                if (RenameExchange(Path.Combine(volume, "dir"), Path.Combine(volume, "link")) != 0) return;
            }
        });
        swapper.Start();
        try
        {
            for (var round = 0; round < 3; round++) _sandbox.Run(Spec([.. mounts]), "true");
        }
        finally
        {
            stop.Cancel();
            swapper.Join();
        }

        Assert.Empty(Directory.GetFileSystemEntries(_outside));
    }

    private static int RenameExchange(string a, string b) => Interop.renameat2(-100, a, -100, b, 2);
}
