using Xunit;
using static Anocir.Kernel.Tests.Rootfs.RootfsSandbox;

namespace Anocir.Kernel.Tests.Rootfs;

/// <summary>What is shared with the host, and what is not. The host is a mount namespace of the test's own.</summary>
public sealed class PropagationTests : IDisposable
{
    private const string Mountinfo = "cat /proc/self/mountinfo";
    private readonly RootfsSandbox _sandbox;

    public PropagationTests()
    {
        SkipUnlessPossible();
        _sandbox = new RootfsSandbox();
        _sandbox.Write("after", $"cat /proc/self/mountinfo > {_sandbox.Bundle}/host\n");
    }

    public void Dispose() => _sandbox?.Dispose();

    [SkippableTheory]
    [InlineData(null, "master:")]
    [InlineData("shared", "shared:")]
    [InlineData("rshared", "shared:")]
    [InlineData("slave", "master:")]
    [InlineData("rslave", "master:")]
    [InlineData("private", null)]
    [InlineData("rprivate", null)]
    [InlineData("unbindable", "unbindable")]
    [InlineData("runbindable", "unbindable")]
    public void Root_gets_the_propagation_asked_for_and_the_host_sees_nothing_of_it(string? word, string? tag)
    {
        var spec = Spec(Proc, Dev);
        spec = spec with { Linux = spec.Linux! with { RootfsPropagation = word } };
        var run = _sandbox.Run(spec, Mountinfo, sharedHost: true, before: $"cat /proc/self/mountinfo > {_sandbox.Bundle}/before");
        var tags = run.Mount("/").Tags;
        if (tag is null) Assert.Empty(tags);
        else if (word is "slave") Assert.DoesNotContain(tags, static t => t.StartsWith("shared:", StringComparison.Ordinal));
        else Assert.Contains(tags, t => t.StartsWith(tag, StringComparison.Ordinal));
        // Neither a mount more (the bind of the root) nor one less (the unmounting of the old root).
        Assert.Equal(MountPoints("before"), MountPoints("host"));
    }

    [SkippableTheory]
    [InlineData("rshared", "rshared", true)]
    [InlineData("shared", "shared", true)]
    [InlineData(null, "rslave", false)]
    [InlineData(null, "rprivate", false)]
    [InlineData(null, null, false)]
    [InlineData("rshared", "rprivate", false)]
    public void Mount_made_in_a_volume_travels_to_the_host_only_where_all_is_shared(string? root, string? volume, bool travels)
    {
        var directory = _sandbox.MakeDirectory("volume/sub");
        string[] options = volume is null ? ["rbind"] : ["rbind", volume];
        var spec = Spec(Proc, Bind("volume", "/volume", options));
        spec = spec with { Linux = spec.Linux! with { RootfsPropagation = root } };
        _ = _sandbox.Run(spec, "mount -t tmpfs inner /volume/sub", sharedHost: true).Successful;
        var host = File.ReadAllText(Path.Combine(_sandbox.Bundle, "host"));
        Assert.Equal(travels, host.Contains($" {directory} ", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("shared", "shared:")]
    [InlineData("rshared", "shared:")]
    [InlineData("slave", "master:")]
    [InlineData("rslave", "master:")]
    [InlineData("unbindable", "unbindable")]
    [InlineData("runbindable", "unbindable")]
    public void Mount_gets_its_own_propagation(string word, string tag)
    {
        _sandbox.MakeDirectory("volume");
        var run = _sandbox.Run(Spec(Proc, Bind("volume", "/volume", "rbind", word)), Mountinfo, sharedHost: true);
        Assert.Contains(run.Mount("/volume").Tags, t => t.StartsWith(tag, StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Recursive_bind_brings_the_mounts_below_and_a_plain_one_does_not()
    {
        _sandbox.MakeDirectory("volume/sub");
        var before = $"mount -t tmpfs below {_sandbox.Bundle}/volume/sub && touch {_sandbox.Bundle}/volume/sub/there";
        var run = _sandbox.Run(Spec(Proc, Bind("volume", "/all", "rbind"), Bind("volume", "/top", "bind")), "ls /all/sub /top/sub", before: before);
        Assert.Equal("/all/sub:\nthere\n\n/top/sub:\n", run.Successful);
    }

    /// <summary>The kernel's own and the test's. Others' mounts go when their directories are removed, private or not.</summary>
    private string[] MountPoints(string file) =>
    [
        .. File.ReadLines(Path.Combine(_sandbox.Bundle, file)).Select(static l => MountLine.Parse(l).Path)
            .Where(p => p == "/" || p.StartsWith("/dev", StringComparison.Ordinal) || p.StartsWith("/sys", StringComparison.Ordinal) || p.StartsWith("/proc", StringComparison.Ordinal) || p.StartsWith(_sandbox.Bundle, StringComparison.Ordinal)),
    ];
}
