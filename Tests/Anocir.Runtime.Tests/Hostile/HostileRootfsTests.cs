using System.Security.Cryptography;

namespace Anocir.Runtime.Tests.Hostile;

/// <summary>
/// Images that mean harm. Whatever the runtime does with one, run it or refuse it, nothing outside of the rootfs is created or
/// changed: a canary directory stands for the host.
/// </summary>
public sealed class HostileRootfsTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string Sleep = "sleep";

    [SkippableTheory]
    [InlineData("dev", true)]
    [InlineData("dev", false)]
    [InlineData("proc", true)]
    [InlineData("sys", true)]
    [InlineData("etc", true)]
    [InlineData("etc", false)]
    [InlineData("run", true)]
    [InlineData("tmp", true)]
    [InlineData("mnt", false)]
    public void Folder_that_is_a_symlink_out_of_the_rootfs_leads_nowhere(string folder, bool absolute)
    {
        // runc 1.1 makes devices through a dev symlink (CVE-2026-41579).
        if (folder == "dev") runtime.RequireAnocir("runc 1.1 fails this");
        using var canary = new Canary(runtime);
        using var container = runtime.Container(c => c.Args("true")
            .WithoutMount("/dev").WithoutMount("/dev/pts")
            .Mount("/etc/hosts", "bind", canary.Source, "bind", "ro")
            .Mount("/run/new", "tmpfs", "tmpfs").Mount("/tmp/a/b/c", "tmpfs", "tmpfs").Mount("/mnt/x", "bind", canary.SourceFolder, "rbind"));
        Directory.Delete(container.Bundle.InRootfs(folder), recursive: true);
        var target = absolute ? canary.Path : "../../../../../../../.." + canary.Path;
        File.CreateSymbolicLink(container.Bundle.InRootfs(folder), target);
        var result = container.Run();
        canary.AssertUntouched();
        if (result.ExitCode != 0) ErrorLine.MessageOf(result);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("proc")]
    [InlineData("sys")]
    public void Proc_or_sys_that_is_a_symlink_is_refused(string folder)
    {
        using var container = runtime.Container();
        Directory.Delete(container.Bundle.InRootfs(folder));
        Directory.CreateDirectory(container.Bundle.InRootfs("elsewhere"));
        File.CreateSymbolicLink(container.Bundle.InRootfs(folder), "elsewhere");
        Assert.Contains("must be mounted on ordinary directory", ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("null")]
    [InlineData("zero")]
    [InlineData("ptmx")]
    [InlineData("fd")]
    [InlineData("stdin")]
    [InlineData("console")]
    [InlineData("shm")]
    public void Device_that_is_a_symlink_in_the_image_leads_nowhere(string device)
    {
        using var canary = new Canary(runtime);
        using var container = runtime.Container(c => c.Script("echo overwritten >/dev/null; true").WithoutMount("/dev").WithoutMount("/dev/pts")
            .Mount("/dev/shm", "tmpfs", "shm"));
        File.CreateSymbolicLink(container.Bundle.InRootfs("dev/" + device), canary.File);
        container.Run();
        canary.AssertUntouched();
    }

    [SkippableFact]
    public void Null_device_of_the_image_is_not_used_to_mask_paths()
    {
        runtime.RequireAnocir("runc 1.1 fails this");
        using var container = runtime.Container(c => c
            .Script("stat -c '%F %t:%T' /proc/timer_list; cat /proc/timer_list | wc -c").WithoutMount("/dev").WithoutMount("/dev/pts"));
        File.CreateSymbolicLink(container.Bundle.InRootfs("dev/null"), "/proc/sys/kernel/core_pattern");
        var result = container.Run();
        // Refused, or masked by a real null device: never the target of the link (CVE-2025-31133).
        if (result.ExitCode == 0) Assert.Equal("character special file 1:3\n0\n", container.Output);
        else ErrorLine.MessageOf(result);
    }

    [SkippableTheory]
    [InlineData("/link", true)]
    [InlineData("/link/deeper/still", true)]
    [InlineData("/bin/../link", true)]
    [InlineData("/relative", true)]
    [InlineData("/file-link", false)]
    public void Mount_destination_through_a_symlink_stays_in_the_rootfs(string destination, bool folder)
    {
        using var canary = new Canary(runtime);
        using var container = runtime.Container(c => _ = folder
            ? c.Args("true").Mount(destination, "bind", canary.SourceFolder, "rbind")
            : c.Args("true").Mount(destination, "bind", canary.Source, "bind"));
        File.CreateSymbolicLink(container.Bundle.InRootfs("link"), canary.Path);
        File.CreateSymbolicLink(container.Bundle.InRootfs("relative"), "../../../../.." + canary.Path);
        File.CreateSymbolicLink(container.Bundle.InRootfs("file-link"), canary.Path + "/made");
        container.Run();
        canary.AssertUntouched();
    }

    [SkippableTheory]
    [InlineData("/canary-link/cwd")]
    [InlineData("/canary-link")]
    public void Working_directory_through_a_symlink_is_made_in_the_rootfs(string cwd)
    {
        using var canary = new Canary(runtime);
        using var container = runtime.Container(c => c.Args("true").Set("process.cwd", $"\"{cwd}\""));
        File.CreateSymbolicLink(container.Bundle.InRootfs("canary-link"), canary.Path);
        container.Run();
        canary.AssertUntouched();
    }

    [SkippableTheory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public void Working_directory_through_a_descriptor_does_not_lead_out(int number)
    {
        // CVE-2024-21626.
        using var container = runtime.Container(c => c.Script("ls -a ../../../../../.. ; cat ../../../../../../etc/hostname").Set("process.cwd", $"\"/proc/self/fd/{number}\""));
        var result = container.Prepare("run", new Caller(Redirections: "3</ 4</ 5</ 6</ 7</ 8</ 9</")).Run();
        Assert.NotEqual(0, result.ExitCode);
        Assert.DoesNotContain("lost+found", container.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("boot", container.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Container_that_runs_its_own_init_again_cannot_write_the_runtime()
    {
        // CVE-2019-5736: while init is /proc/self/exe of the container, somebody in the container tries to write it.
        runtime.Require();
        string Hash() => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(RuntimeUnderTest.Path)));
        var before = Hash();
        using var victim = runtime.Container(c => c.Args("/proc/self/exe", "--version"));
        victim.Create().Ok();
        using var attacker = runtime.Container(c => c
            .Set("linux.namespaces.0", $$"""{"type":"pid","path":"/proc/{{victim.Pid}}/ns/pid"}""")
            .Script("for i in 1 2 3; do for p in /proc/[0-9]*; do (echo X >>$p/exe) 2>&1; (echo X >$p/exe) 2>&1; done; done; echo tried"));
        attacker.Run();
        Assert.Contains("tried", attacker.Output, StringComparison.Ordinal);
        victim.Start();
        victim.WaitGone();
        Assert.Equal(before, Hash());
    }

    [SkippableFact]
    public void Program_that_is_a_link_to_init_gets_a_copy_it_cannot_write()
    {
        runtime.Require();
        string Hash() => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(RuntimeUnderTest.Path)));
        var before = Hash();
        using var container = runtime.Container(c => c.Args("/entry"));
        File.WriteAllText(container.Bundle.InRootfs("entry"), "#!/proc/self/exe\n");
        File.SetUnixFileMode(container.Bundle.InRootfs("entry"), (UnixFileMode)0x1ED);
        container.Run();
        Assert.Equal(before, Hash());
    }

    [SkippableFact]
    public void Symlink_loop_is_an_error_and_not_a_hang()
    {
        using var container = runtime.Container(c => c.Args(Sleep, "0").Mount("/loop/x", "tmpfs", "tmpfs"));
        File.CreateSymbolicLink(container.Bundle.InRootfs("loop"), "loop");
        Assert.Contains("/loop/x", ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("/proc/net")]
    [InlineData("/proc/self")]
    [InlineData("/proc/sys/kernel")]
    public void Mount_over_a_part_of_proc_is_refused(string destination)
    {
        using var canary = new Canary(runtime);
        using var container = runtime.Container(c => c.Mount(destination, "bind", canary.SourceFolder, "rbind"));
        Assert.Contains(destination, ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }
}
