using System.Text.Json;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Platform.Tests.Rootfs;

public sealed class RootfsPlannerTests
{
    private static readonly RootfsHostFacts Facts = new();

    private static Spec Spec(params Mount[] mounts) => new() { Root = new Root { Path = "rootfs" }, Mounts = mounts, Linux = new Linux() };

    private static Mount Mount(string destination, string? type, params string[] options) => new() { Destination = destination, Type = type, Source = "/src", Options = options };

    private static MountPlan Single(Mount mount, RootfsHostFacts? facts = null, params string[] namespaces) =>
        RootfsPlanner.Plan(Spec(mount) with { Linux = new Linux { Namespaces = [.. namespaces.Select(n => new Namespace { Type = n })] } }, "/b", facts ?? Facts).Mounts[0];

    private static string Refusal(Spec spec) => Assert.Throws<ContainerException>(() => RootfsPlanner.Plan(spec, "/b", Facts)).Message;

    [Theory]
    [InlineData("rootfs", "/b/rootfs")]
    [InlineData("/abs/./x//y/..", "/abs/x")]
    [InlineData("../../..", "/")]
    public void Root_path_counts_from_the_bundle(string path, string expected) =>
        Assert.Equal(expected, RootfsPlanner.Plan(Spec() with { Root = new Root { Path = path } }, "/b", Facts).RootPath);

    [Theory]
    [InlineData("bind")]
    [InlineData("rbind")]
    public void Bind_is_known_by_its_option_and_its_source_counts_from_the_bundle(string word)
    {
        var plan = Single(new Mount { Destination = "data/../x", Type = "none", Source = "vol", Options = [word, "ro", "sync", "rprivate", "slave"] });
        Assert.Equal(MountKind.Bind, plan.Kind);
        Assert.Equal(("/x", "/b/vol", word == "rbind"), (plan.Destination, plan.Source, plan.RecursiveBind));
        Assert.Equal([new MountPropagation(MountPropagation.Private, true), new MountPropagation(MountPropagation.Slave, false)], plan.Propagation);
        Assert.Empty(plan.Data);
    }

    [Fact]
    public void Words_of_the_filesystem_and_its_superblock_go_to_it_in_order() =>
        Assert.Equal(["size=1m", "lazytime", "huge=always", "sync"], Single(Mount("/t", "tmpfs", "size=1m", "async", "lazytime", "nosuid", "huge=always", "sync")).Data);

    [Theory]
    [InlineData("ext4", true, false)]
    [InlineData("tmpfs", false, true)]
    [InlineData("proc", false, false)]
    public void Readonly_goes_to_the_device_or_waits_for_the_end(string type, bool superblock, bool last)
    {
        var plan = Single(Mount("/p", type, "ro"));
        Assert.Equal(superblock, plan.Data.Contains("ro"));
        Assert.Equal(last, plan.ReadOnlyLast);
        Assert.Equal(!last, (plan.Attributes.Set & MountAttributes.ReadOnly) != 0);
    }

    [Fact]
    public void Proc_and_sysfs_want_ordinary_directories_and_have_stand_ins_in_a_user_namespace()
    {
        Assert.True(Single(Mount("/proc", "proc")).OrdinaryDirectory);
        Assert.Null(Single(Mount("/sys", "sysfs")).Fallback);
        Assert.Equal("/sys", Single(Mount("/sys", "sysfs"), null, "user").Fallback);
        Assert.Equal("/proc", Single(Mount("/proc", "proc"), null, "user").Fallback);
        Assert.Null(Single(Mount("/proc", "proc"), null, "user", "pid").Fallback);
        Assert.Equal("/sys", Single(Mount("/sys", "sysfs"), new RootfsHostFacts { InUserNamespace = true }).Fallback);
    }

    [Fact]
    public void Cgroup_is_a_tree_on_v1_and_one_filesystem_on_v2()
    {
        var hierarchy = new CgroupHierarchy("cpu", "/sys/fs/cgroup/cpu/c", ["cpu"], []);
        var v1 = Single(Mount("/sys/fs/cgroup", "cgroup", "ro"), new RootfsHostFacts { Hierarchies = [hierarchy] }, "cgroup");
        Assert.Equal((MountKind.CgroupTree, true), (v1.Kind, v1.CgroupNamespace));
        Assert.Equal([hierarchy], v1.Hierarchies);
        var v2 = Single(Mount("/sys/fs/cgroup", "cgroup", "ro"), new RootfsHostFacts { UnifiedCgroups = true, Cgroup2Path = "/sys/fs/cgroup/c" });
        Assert.Equal((MountKind.Cgroup2, "cgroup2", "/sys/fs/cgroup/c"), (v2.Kind, v2.FileSystem, v2.Fallback));
        Assert.Equal("", Single(Mount("/sys/fs/cgroup", "cgroup2")).Fallback);
    }

    [Theory]
    [InlineData(5u, true)]
    [InlineData(70000u, false)]
    public void Devpts_group_is_kept_where_it_is_mapped(uint gid, bool kept)
    {
        var spec = Spec(Mount("/dev/pts", "devpts", "newinstance", $"gid={gid}"));
        spec = spec with { Linux = new Linux { Namespaces = [new() { Type = "user" }], GidMappings = [new() { ContainerID = 0, HostID = 100000, Size = 65536 }] } };
        Assert.Equal(kept, RootfsPlanner.Plan(spec, "/b", Facts).Mounts[0].Data.Contains($"gid={gid}"));
    }

    [Theory]
    [InlineData("/", "tmpfs", "mounting onto / is prohibited")]
    [InlineData("/proc/sys/../self", "tmpfs", "\"/proc/self\" cannot be mounted because it is inside /proc")]
    [InlineData("/proc", "tmpfs", "\"/proc\" cannot be mounted: only a procfs may be there")]
    [InlineData("/x", null, "mount on /x has neither a type nor bind among its options")]
    public void Impossible_mount_is_refused(string destination, string? type, string message) => Assert.Equal(message, Refusal(Spec(Mount(destination, type))));

    [Fact]
    public void Bind_with_words_for_a_filesystem_is_refused() =>
        Assert.Contains("cannot have any filesystem-specific options applied: size=1m", Refusal(Spec(Mount("/x", "bind", "size=1m"))));

    [Fact]
    public void Idmap_needs_mappings_of_both_kinds_or_a_user_namespace()
    {
        var mapping = new IdMapping { ContainerID = 0, HostID = 1, Size = 2 };
        Assert.Contains("belong together", Refusal(Spec(Mount("/x", "bind") with { UidMappings = [mapping] })));
        Assert.Contains("needs a user namespace", Refusal(Spec(Mount("/x", "bind", "idmap"))));
        Assert.True(Single(Mount("/x", "bind", "idmap"), null, "user").IdMap!.ContainerNamespace);
        var own = Single(Mount("/x", "bind", "ridmap") with { UidMappings = [mapping], GidMappings = [mapping] }).IdMap!;
        Assert.Equal((true, false), (own.Recursive, own.ContainerNamespace));
    }

    [Fact]
    public void Devices_are_the_default_ones_and_the_listed_ones_that_may_replace_them()
    {
        var listed = new Linux
        {
            Devices = [new() { Path = "/dev/null", Type = "c", Major = 1, Minor = 3, FileMode = 0x2180 }, new() { Path = "/dev/sda", Type = "b", Major = 8, Uid = 1, Gid = 2 }, new() { Path = "/dev/ptmx", Type = "c", Major = 5, Minor = 2 }],
        };
        var devices = RootfsPlanner.Plan(Spec() with { Linux = listed }, "/b", Facts).Devices;
        Assert.Equal(["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/sda"], devices.Select(d => d.Path));
        Assert.Equal(0x180u, devices[0].Permissions);
        Assert.Equal(new DevicePlan("/dev/sda", FileStatus.Block, 8, 0, 0x1B6, 1, 2), devices[^1]);
        Assert.Contains("invalid type", Refusal(Spec() with { Linux = new Linux { Devices = [new() { Path = "/dev/x", Type = "z" }] } }));
        Assert.Contains("invalid number", Refusal(Spec() with { Linux = new Linux { Devices = [new() { Path = "/dev/x", Type = "c", Major = -1 }] } }));
    }

    [Fact]
    public void Dev_that_is_a_bind_gets_nothing()
    {
        var plan = RootfsPlanner.Plan(Spec(Mount("/dev/", "bind", "rbind")), "/b", Facts);
        Assert.False(plan.SetUpDev);
        Assert.Empty(plan.Devices);
        Assert.Empty(plan.Symlinks);
    }

    [Theory]
    [InlineData(8u, 1u, 0x801ul)]
    [InlineData(300u, 1000u, 0x312CE8ul)]
    [InlineData(0x12345u, 0x12345678u, 0x1212345634578ul)]
    public void Device_number_is_packed_as_the_c_library_does(uint major, uint minor, ulong expected) =>
        Assert.Equal(expected, new DevicePlan("/d", FileStatus.Character, major, minor).Number);

    [Theory]
    [InlineData("net.ipv4.ip_forward", "net/ipv4/ip_forward")]
    [InlineData("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [InlineData("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    public void Sysctl_name_becomes_a_path(string name, string path)
    {
        var spec = Spec() with { Linux = new Linux { Sysctl = new Dictionary<string, string> { [name] = "1" } } };
        Assert.Equal([new SysctlPlan(path, "1")], RootfsPlanner.Plan(spec, "/b", Facts).Sysctls);
    }

    [Theory]
    [InlineData("net/../../self/attr/exec")]
    [InlineData("/kernel")]
    [InlineData("")]
    public void Sysctl_that_leaves_its_tree_is_refused(string name) =>
        Assert.Contains("invalid sysctl", Refusal(Spec() with { Linux = new Linux { Sysctl = new Dictionary<string, string> { [name] = "1" } } }));

    [Fact]
    public void Masked_path_must_be_absolute_and_propagation_known()
    {
        Assert.Equal("maskedPaths: \"x\" is not an absolute path", Refusal(Spec() with { Linux = new Linux { MaskedPaths = ["x"] } }));
        Assert.Equal("invalid rootfsPropagation \"loud\"", Refusal(Spec() with { Linux = new Linux { RootfsPropagation = "loud" } }));
    }

    [Fact]
    public void Label_goes_to_the_filesystems_that_carry_one()
    {
        var spec = Spec(Mount("/t", "tmpfs"), Mount("/proc", "proc"), Mount("/x", "bind"), Mount("/d", "devpts", "rootcontext=x")) with { Linux = new Linux { MountLabel = "a:b:c0,c1" } };
        var mounts = RootfsPlanner.Plan(spec, "/b", new RootfsHostFacts { Selinux = true }).Mounts;
        Assert.Equal([["context=a:b:c0,c1"], [], [], ["rootcontext=x"]], mounts.Select(m => m.Data.ToArray()));
        // A label that nothing enforces is not what was asked for.
        Assert.Contains("linux.mountLabel: selinux label is specified in config, but selinux is disabled", Refusal(spec), StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_survives_the_wire()
    {
        var mapping = new IdMapping { ContainerID = 0, HostID = 4_000_000_000, Size = 2 };
        var spec = Spec(
            Mount("/proc", "proc", "nosuid"), Mount("/t", "tmpfs", "ro", "tmpcopyup", "size=1", "rslave"), Mount("/b", "bind", "rbind", "rro", "noatime") with { UidMappings = [mapping], GidMappings = [mapping] },
            Mount("/sys/fs/cgroup", "cgroup"), Mount("/t", null, "remount", "ro"));
        spec = spec with
        {
            Hostname = "h",
            Domainname = "",
            Process = new Process { Terminal = true },
            Root = new Root { Path = "r", Readonly = true },
            Linux = new Linux
            {
                RootfsPropagation = "rshared",
                MaskedPaths = ["/m"],
                ReadonlyPaths = ["/r"],
                Sysctl = new Dictionary<string, string> { ["a.b"] = "c" },
                Devices = [new() { Path = "/dev/x", Type = "b", Major = 4_000_000_000, Uid = 4_000_000_000 }],
            },
        };
        var plan = RootfsPlanner.Plan(spec, "/b", new RootfsHostFacts { HasKcore = true, Hierarchies = [new("cpu", "/h", ["cpu"], ["x"])] }) with { NoPivot = true };
        var first = new WireWriter();
        plan.Write(first);
        var reader = new WireReader(first.Written.ToArray());
        var copy = RootfsPlan.Read(reader);
        Assert.True(reader.AtEnd);
        var options = new JsonSerializerOptions { IncludeFields = true };
        Assert.Equal(JsonSerializer.Serialize(plan, options), JsonSerializer.Serialize(copy, options));
    }

    [Fact]
    public void Message_with_an_unknown_kind_of_mount_is_refused()
    {
        var writer = new WireWriter();
        writer.String("/r").Bool(false).Int(1).String("/d").Byte(9);
        Assert.Throws<InvalidDataException>(() => RootfsPlan.Read(new WireReader(writer.Written.ToArray())));
    }
}
