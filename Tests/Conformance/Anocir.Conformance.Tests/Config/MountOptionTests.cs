namespace Anocir.Conformance.Tests.Config;

public sealed class MountOptionTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [MemberData(nameof(MountOptionCases.OfFileSystems), MemberType = typeof(MountOptionCases))]
    [Clause("config.md", "linux-mount-options", Strength.Must, 41)]
    public void Option_does_to_a_mount_what_it_says(string option, string options, string seen) => TryOnTmpfs(option, options, seen);

    [SkippableTheory]
    [MemberData(nameof(MountOptionCases.OfFileSystemsThatShould), MemberType = typeof(MountOptionCases))]
    [Clause("config.md", "linux-mount-options", Strength.Should, 41)]
    public void Option_about_symbolic_links_does_what_it_says(string option, string options, string seen) => TryOnTmpfs(option, options, seen);

    [SkippableTheory]
    [MemberData(nameof(MountOptionCases.OfFileSystemsThatMay), MemberType = typeof(MountOptionCases))]
    [Clause("config.md", "linux-mount-options", Strength.May, 41)]
    public void Voluntary_option_is_known(string option, string options, string seen) => TryOnTmpfs(option, options, seen);

    [SkippableFact]
    [Clause("config.md", "linux-mount-options", Strength.May, 41)]
    public void Tmpcopyup_copies_what_is_below_the_mount()
    {
        using var container = runtime.Container(c => c.Script("cat /home/dir/file; stat -c %a /home/dir/file; grep -c ' /home ' /proc/self/mountinfo")
            .Mount("/home", "tmpfs", "tmpfs", "tmpcopyup"));
        Directory.CreateDirectory(container.Bundle.InRootfs("/home/dir"));
        File.WriteAllText(container.Bundle.InRootfs("/home/dir/file"), "copied\n");
        File.SetUnixFileMode(container.Bundle.InRootfs("/home/dir/file"), UnixFileMode.UserRead);
        container.Run().Ok();
        Assert.Equal("copied\n400\n1\n", container.Output);
    }

    [SkippableFact]
    [Clause("config.md", "linux-mount-options", Strength.Must, 41)]
    public void Remount_changes_the_mount_that_is_there()
    {
        var mountinfo = runtime.Inside("cat /proc/self/mountinfo", c =>
            c.Mount("/mnt", "tmpfs", "tmpfs", "size=64k").Mount("/mnt", "tmpfs", "tmpfs", "remount", "ro", "nosuid", "size=128k"));
        var mount = Asking.TopMount(mountinfo, "/mnt");
        Assert.Contains("nosuid", mount.Flags);
        Assert.Contains("ro", mount.Flags.Concat(mount.Data));
        Assert.Contains("size=128k", mount.Data);
        Assert.Single(mountinfo.Split('\n'), line => line.Contains(" /mnt ", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [MemberData(nameof(MountOptionCases.OfBindMounts), MemberType = typeof(MountOptionCases))]
    [Clause("config.md", "linux-mount-options", Strength.Must, 41)]
    public void Option_of_a_bind_mount_does_what_it_says(string option, string options, string seen)
    {
        var mountinfo = Seen(c => c.Mount("/mnt", "none", Tree(option, "--make-shared"), options.Split(',')));
        Check(Asking.TopMount(mountinfo, "/mnt"), seen);
        // What is mounted below comes along by rbind only.
        Assert.Equal(options.StartsWith("rbind", StringComparison.Ordinal), mountinfo.Contains(" /mnt/sub ", StringComparison.Ordinal));
        // The propagation of the mount below changes by the recursive options only.
        if (option is "rprivate" or "rslave" or "runbindable") Check(Asking.TopMount(mountinfo, "/mnt/sub"), seen);
        if (option is "private" or "slave" or "unbindable") Assert.DoesNotContain("unbindable", Asking.TopMount(mountinfo, "/mnt/sub").Propagation);
    }

    [SkippableTheory]
    [MemberData(nameof(MountOptionCases.Setting), MemberType = typeof(MountOptionCases))]
    [Clause("config.md", "linux-mount-options", Strength.Should, 41)]
    public void Recursive_option_is_set_on_the_whole_tree(string option, string seen) => TryOnTree(option, seen, "rw");

    [SkippableTheory]
    [MemberData(nameof(MountOptionCases.Clearing), MemberType = typeof(MountOptionCases))]
    [Clause("config.md", "linux-mount-options", Strength.Should, 41)]
    public void Recursive_option_is_cleared_on_the_whole_tree(string option, string seen) =>
        TryOnTree(option, seen, "remount,bind,ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow");

    [SkippableTheory]
    [MemberData(nameof(MountOptionCases.Without), MemberType = typeof(MountOptionCases))]
    [Clause("config.md", "linux-mount-options", Strength.Should, 41)]
    public void Recursive_option_that_takes_back_is_known(string option, string seen) => TryOnTree(option, seen, "remount,bind,nosuid,noatime");

    [SkippableTheory]
    [InlineData("ro", "rw")]
    [InlineData("nosuid", "suid")]
    [Clause("config.md", "linux-mount-options", Strength.Must, 41)]
    public void Option_of_a_bind_mount_leaves_what_is_mounted_below_alone(string option, string not)
    {
        var mountinfo = Seen(c => c.Mount("/mnt", "none", Tree($"above-{option}", "--make-private"), "rbind", not, option));
        Assert.Contains(option, Asking.TopMount(mountinfo, "/mnt").Flags);
        Assert.DoesNotContain(option, Asking.TopMount(mountinfo, "/mnt/sub").Flags);
    }

    private void TryOnTmpfs(string option, string options, string seen)
    {
        Assert.Contains(option, options.Split(','));
        Check(Asking.TopMount(Seen(c => c.Mount("/mnt", "tmpfs", "tmpfs", options.Split(','))), "/mnt"), seen);
    }

    private void TryOnTree(string option, string seen, string before)
    {
        var mountinfo = Seen(c => c.Mount("/mnt", "none", Tree(option, "-o", before), "rbind", option));
        Check(Asking.TopMount(mountinfo, "/mnt"), seen);
        Check(Asking.TopMount(mountinfo, "/mnt/sub"), seen);
    }

    private string Seen(Action<JsonObject> edit) => runtime.Inside("cat /proc/self/mountinfo", edit);

    /// <summary>A tmpfs on the host with another one below it, both changed as mount(8) is told; the scratch directory takes it away.</summary>
    private string Tree(string name, params string[] change)
    {
        runtime.Require();
        var top = runtime.Scratch.Folder("trees", name);
        Command.Run("/bin/mount", "-t", "tmpfs", "tmpfs", top).Ok();
        Command.Run("/bin/mount", "--make-private", top).Ok();
        var sub = Directory.CreateDirectory($"{top}/sub").FullName;
        Command.Run("/bin/mount", "-t", "tmpfs", "tmpfs", sub).Ok();
        foreach (var point in new[] { sub, top })
        {
            if (change is not ["-o", "rw"]) Command.Run("/bin/mount", [.. change, point]).Ok();
        }

        return top;
    }

    private static void Check(MountLine mount, string seen)
    {
        foreach (var word in seen.Split(' '))
        {
            var (absent, plain) = word[0] == '!' ? (true, word[1..]) : (false, word);
            var found = plain switch
            {
                _ when plain.StartsWith("super:", StringComparison.Ordinal) => mount.Data.Contains(plain["super:".Length..]),
                "shared:" or "master:" or "unbindable" => mount.Propagation.Any(p => p.StartsWith(plain, StringComparison.Ordinal)),
                _ => mount.Flags.Contains(plain),
            };
            Assert.True(found != absent, $"expected {word} of {mount.Point}: {string.Join(',', mount.Flags)} {string.Join(' ', mount.Propagation)} - {string.Join(',', mount.Data)}");
        }
    }
}
