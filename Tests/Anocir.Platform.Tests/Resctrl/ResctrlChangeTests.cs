using Anocir.Platform.Oci;
using Anocir.Platform.Resctrl;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Platform.Tests.Resctrl;

/// <summary>On a plain file, which holds what was written last, over what was there.</summary>
public sealed class ResctrlChangeTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("anocir-resctrl-");

    private string Schemata => Path.Combine(_root.FullName, "gold", "schemata");

    [Fact]
    public void Line_is_written_and_what_was_there_can_be_put_back()
    {
        var group = Group("    L3:0=ff;1=f0\n    MB:0=100\n");
        var putBack = group.Change(["L3:0=0f;1=0f"]);
        Assert.StartsWith("L3:0=0f;1=0f\n", File.ReadAllText(Schemata), StringComparison.Ordinal);
        putBack();
        Assert.StartsWith("L3:0=ff;1=f0\n", File.ReadAllText(Schemata), StringComparison.Ordinal);
    }

    [Fact]
    public void Class_that_is_gone_is_told()
    {
        var group = Group("");
        File.Delete(Schemata);
        Assert.Contains("schemata: ENOENT", Assert.Throws<SyscallException>(() => group.Change(["MB:0=50"])).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private ResctrlGroup Group(string schemata)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Schemata)!);
        File.WriteAllText(Schemata, schemata);
        return ResctrlGroup.Of(new IntelRdt { ClosID = "gold" }, "c", _root.FullName);
    }
}
