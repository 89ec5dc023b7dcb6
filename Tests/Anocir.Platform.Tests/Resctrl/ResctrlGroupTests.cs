using Anocir.Platform.Oci;
using Anocir.Platform.Resctrl;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Platform.Tests.Resctrl;

/// <summary>The rules of config-linux.md, IntelRdt, on a directory that looks like resctrl: plain files take what the kernel's would.</summary>
public sealed class ResctrlGroupTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("anocir-resctrl").FullName;

    public ResctrlGroupTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "mon_groups"));
        Fill(_root, "L3:0=fffff;1=fffff\nMB:0=100;1=100\n");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Class_without_a_name_is_the_containers_and_is_removed_with_it()
    {
        var group = ResctrlGroup.Of(new IntelRdt { EnableMonitoring = true }, "c1", _root);
        Assert.Equal([$"{_root}/c1/mon_groups/c1", $"{_root}/c1"], group.ToRemove);
        // The kernel fills a new class; here that is ours to do, so the container's own class is looked at without schemata.
        Assert.Equal($"{_root}/c1", group.Directory);
    }

    [Fact]
    public void Lines_are_written_in_the_order_of_the_specification()
    {
        Class("given", "L3:0=fffff\n");
        // A class of that name already there is not ours; its file shows what would be written, one write after another.
        var group = ResctrlGroup.Of(new IntelRdt { L3CacheSchema = "L3:0=f", MemBwSchema = "MB:0=20", Schemata = ["L2:0=1"] }, "given", _root);
        group.Make();
        // A plain file keeps what is written last in front.
        Assert.StartsWith("L2:0=1\n", File.ReadAllText($"{_root}/given/schemata"), StringComparison.Ordinal);
        Assert.Empty(group.ToRemove);
    }

    [Fact]
    public void Named_class_without_schemata_must_be_there()
    {
        var group = ResctrlGroup.Of(new IntelRdt { ClosID = "absent" }, "c", _root);
        Assert.Contains($"{_root}/absent does not exist", Assert.Throws<ContainerException>(group.Make).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{_root}/absent"));
    }

    [Theory]
    [InlineData("L3:0=0FF;1=f")]
    [InlineData("L3:1=f")]
    [InlineData("MB:0= 20")]
    public void Named_class_with_the_same_schemata_is_entered_and_never_removed(string line)
    {
        Class("shared", "    L3:0=000ff;1=0000f\n    MB:0=  20;1= 100\n");
        var group = ResctrlGroup.Of(new IntelRdt { ClosID = "shared", Schemata = [line] }, "c", _root);
        group.Make();
        group.Enter(42);
        Assert.Empty(group.ToRemove);
        Assert.Equal("42", File.ReadAllText($"{_root}/shared/tasks"));
        Assert.StartsWith("    L3:0=000ff", File.ReadAllText($"{_root}/shared/schemata"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("L3:0=ff;1=ff")]
    [InlineData("L3:2=f")]
    [InlineData("L2:0=f")]
    public void Named_class_with_other_schemata_is_refused(string line)
    {
        Class("shared", "L3:0=ff;1=f\n");
        var group = ResctrlGroup.Of(new IntelRdt { ClosID = "shared", L3CacheSchema = line }, "c", _root);
        Assert.Contains($"{_root}/shared exists with other schemata than {line}", Assert.Throws<ContainerException>(group.Make).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Slash_is_the_default_class()
    {
        var group = ResctrlGroup.Of(new IntelRdt { ClosID = "/", EnableMonitoring = true }, "c", _root);
        Assert.Equal(_root, group.Directory);
        group.Make();
        Assert.True(Directory.Exists($"{_root}/mon_groups/c"));
        Assert.Equal([$"{_root}/mon_groups/c"], group.ToRemove);
        ResctrlGroup.Remove(group.ToRemove);
        Assert.False(Directory.Exists($"{_root}/mon_groups/c"));
        // What is gone already is not missed.
        ResctrlGroup.Remove(group.ToRemove);
    }

    [Fact]
    public void Monitoring_group_is_entered_too()
    {
        Class("shared", "L3:0=ff\n");
        Directory.CreateDirectory($"{_root}/shared/mon_groups");
        var group = ResctrlGroup.Of(new IntelRdt { ClosID = "shared", EnableMonitoring = true }, "c", _root);
        group.Make();
        Fill($"{_root}/shared/mon_groups/c", "");
        group.Enter(43);
        Assert.Equal("43", File.ReadAllText($"{_root}/shared/mon_groups/c/tasks"));
    }

    [Fact]
    public void Class_that_this_creation_made_goes_when_the_creation_fails()
    {
        // There is no schemata file to write to: as when the kernel refuses.
        var group = ResctrlGroup.Of(new IntelRdt { ClosID = "fresh", Schemata = ["L3:0=f"] }, "c", _root);
        Assert.Contains("write L3:0=f to", Assert.Throws<SyscallException>(group.Make).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{_root}/fresh"));
    }

    [Fact]
    public void Mount_is_found_by_its_type()
    {
        const string Line = "36 35 0:30 / /sys/fs/resctrl rw,relatime shared:9 - resctrl resctrl rw\n";
        Assert.Equal("/sys/fs/resctrl", ResctrlFileSystem.FindIn("1 1 0:1 / / rw - tmpfs resctrl rw\n" + Line));
        Assert.Null(ResctrlFileSystem.FindIn("1 1 0:1 / /sys/fs/resctrl rw - tmpfs resctrl rw\n"));
    }

    private void Class(string name, string schemata)
    {
        Directory.CreateDirectory(Path.Combine(_root, name));
        Fill(Path.Combine(_root, name), schemata);
    }

    private static void Fill(string directory, string schemata)
    {
        File.WriteAllText(Path.Combine(directory, "schemata"), schemata);
        File.WriteAllText(Path.Combine(directory, "tasks"), "");
    }
}
