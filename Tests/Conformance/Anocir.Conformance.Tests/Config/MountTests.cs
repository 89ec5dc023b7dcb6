namespace Anocir.Conformance.Tests.Config;

public sealed class MountTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    [Clause("config.md", "mounts", Strength.Must, 38)]
    public void Mounts_are_made_in_the_order_listed()
    {
        var data = runtime.Scratch.Folder("ordered");
        File.WriteAllText($"{data}/file", "data");
        Assert.Equal("data", runtime.Inside("cat /mnt/sub/file", c => c.Mount("/mnt", "tmpfs", "tmpfs").Mount("/mnt/sub", "none", data, "bind")));
        Assert.Equal("hidden", runtime.Inside("cat /mnt/sub/file 2>/dev/null || echo hidden", c => c.Mount("/mnt/sub", "none", data, "bind").Mount("/mnt", "tmpfs", "tmpfs")));
    }

    [SkippableFact]
    [Clause("config.md", "mounts", Strength.Must, 39)]
    public void Relative_destination_is_relative_to_the_root_of_the_container() =>
        Assert.Equal("tmpfs", Top(c => c.Mount("mnt/relative", "tmpfs", "tmpfs").Set("process.cwd", "\"/tmp\""), "/mnt/relative").Type);

    [SkippableTheory]
    [InlineData("bind")]
    [InlineData("rbind")]
    [Clause("config.md", "mounts", Strength.Must, 40)]
    public void Mount_is_a_bind_mount_by_its_options_whatever_its_type(string option)
    {
        var data = runtime.Scratch.Folder("bound");
        File.WriteAllText($"{data}/file", "data");
        foreach (var type in new[] { "none", "bind", "tmpfs", "no-such-type" })
            Assert.Equal("data", runtime.Inside("cat /mnt/file", c => c.Mount("/mnt", type, data, option)));
    }

    [SkippableFact]
    [Clause("config.md", "mounts", Strength.Must, 40)]
    public void Bind_mount_needs_no_type()
    {
        var data = runtime.Scratch.Folder("untyped");
        File.WriteAllText($"{data}/file", "data");
        Assert.Equal("data", runtime.Inside("cat /mnt/file", c =>
        {
            c.Mount("/mnt", "", data, "bind");
            c["mounts"]!.AsArray()[^1]!.AsObject().Remove("type");
        }));
    }

    [SkippableFact]
    [Clause("config.md", "mounts", Strength.Must, 40)]
    public void Relative_source_of_a_bind_mount_is_relative_to_the_bundle()
    {
        using var container = runtime.Container(c => c.Script("cat /mnt/file").Mount("/mnt", "none", "data", "bind"));
        Directory.CreateDirectory(Path.Combine(container.Bundle.Directory, "data"));
        File.WriteAllText(Path.Combine(container.Bundle.Directory, "data", "file"), "data");
        container.Run().Ok();
        Assert.Equal("data", container.Output);
    }

    [SkippableFact]
    [Clause("config.md", "mounts", Strength.Must, 40)]
    public void File_can_be_bound_to_a_file()
    {
        var file = runtime.Scratch.File("one", "file");
        File.WriteAllText(file, "data");
        Assert.Equal("data", runtime.Inside("cat /etc/new/file", c => c.Mount("/etc/new/file", "none", file, "bind", "ro")));
    }

    [SkippableFact]
    [Clause("config.md", "linux-mount-options", Strength.Should, 43)]
    public void Unknown_options_go_to_the_file_system_as_its_own()
    {
        var mount = Top(c => c.Mount("/mnt", "tmpfs", "tmpfs", "size=4096k", "nosuid", "mode=711", "nr_inodes=100", "ro"), "/mnt");
        Assert.Contains("size=4096k", mount.Data);
        Assert.Contains("mode=711", mount.Data);
        Assert.Contains("nr_inodes=100", mount.Data);
        Assert.Contains("nosuid", mount.Flags);
        runtime.Refuses(c => c.Mount("/mnt", "tmpfs", "tmpfs", "no-such-option=1"));
    }

    [SkippableTheory]
    [InlineData("idmap")]
    [InlineData("ridmap")]
    [Clause("config.md", "linux-mount-options", Strength.Must, 44)]
    public void Given_mappings_are_applied_to_the_mount(string option)
    {
        var data = runtime.Scratch.Folder("mapped");
        File.WriteAllText($"{data}/file", "");
        Assert.Equal("1000:2000", runtime.Inside("stat -c %u:%g /mnt/file", c => Mapped(c, data, option)));
    }

    [SkippableTheory]
    [InlineData("idmap", "0:0")]
    [InlineData("ridmap", "1000:2000")]
    [Clause("config.md", "linux-mount-options", Strength.Must, 44)]
    public void Mounts_below_are_mapped_by_ridmap_only(string option, string below)
    {
        var data = runtime.Scratch.Folder($"tree-{option}");
        Directory.CreateDirectory($"{data}/sub");
        Command.Run("/bin/mount", "-t", "tmpfs", "tmpfs", $"{data}/sub").Ok();
        File.WriteAllText($"{data}/sub/file", "");
        Assert.Equal(below, runtime.Inside("stat -c %u:%g /mnt/sub/file", c => Mapped(c, data, option)));
    }

    [SkippableTheory]
    [InlineData("idmap")]
    [InlineData("ridmap")]
    [Clause("config.md", "linux-mount-options", Strength.Must, 44)]
    public void Mapped_mount_without_mappings_and_user_namespace_is_an_error(string option) =>
        runtime.Refuses(c => c.Mount("/mnt", "none", runtime.Scratch.Folder("unmapped"), "bind", option));

    [SkippableTheory]
    [InlineData("uidMappings")]
    [InlineData("gidMappings")]
    [Clause("config.md", "posix-platform-mounts", Strength.Must, 45)]
    public void Mappings_of_users_and_groups_come_together(string missing) =>
        runtime.Refuses(c =>
        {
            Mapped(c, runtime.Scratch.Folder("half"), "idmap");
            c["mounts"]!.AsArray()[^1]!.AsObject().Remove(missing);
        });

    private static void Mapped(JsonObject config, string source, string option)
    {
        config.Mount("/mnt", "none", source, "rbind", option);
        var mount = config["mounts"]!.AsArray()[^1]!.AsObject();
        mount.Set("uidMappings", """[{"containerID":0,"hostID":1000,"size":1}]""").Set("gidMappings", """[{"containerID":0,"hostID":2000,"size":1}]""");
    }

    private MountLine Top(Action<JsonObject> edit, string point) => Asking.TopMount(runtime.Inside("cat /proc/self/mountinfo", edit), point);
}
