using Anocir.Platform.Cgroups;
using Xunit;

namespace Anocir.Platform.Tests.Cgroups;

/// <summary>Which cgroup a further process of a container enters.</summary>
public sealed class JoiningEntryTests
{
    [Theory]
    [InlineData("", "/c")]
    [InlineData("\n", "/c")]
    [InlineData("memory pids\n", "/c/init.scope")]
    public void Cgroup_that_hands_controllers_down_is_entered_beside_init(string handedDown, string expected)
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup("sys/fs/cgroup/c", "cgroup.subtree_control");
        fake.Put("sys/fs/cgroup/c/cgroup.subtree_control", handedDown);
        fake.PutCgroup("sys/fs/cgroup/c/init.scope");
        Assert.Equal(expected, Entered(fake, "0::/c/init.scope\n"));
    }

    [Fact]
    public void Cgroup_that_is_gone_since_init_moved_on_is_init_s()
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup("sys/fs/cgroup/elsewhere");
        Assert.Equal("/elsewhere", Entered(fake, "0::/elsewhere\n"));
    }

    [Fact]
    public void Sub_cgroup_that_was_asked_for_is_the_one()
    {
        using var fake = FakeHost.Unified();
        fake.Put("sys/fs/cgroup/c/cgroup.subtree_control", "memory\n");
        fake.PutCgroup("sys/fs/cgroup/c/sub");
        fake.PutCgroup("sys/fs/cgroup/c/init.scope");
        Assert.Equal("/c/sub", Entered(fake, "0::/c/init.scope\n", "sub"));
    }

    [Fact]
    public void Init_is_not_looked_at_while_its_cgroup_takes_processes()
    {
        using var fake = FakeHost.Unified();
        fake.Put("sys/fs/cgroup/c/cgroup.subtree_control", "");
        using var entry = Open(fake).OpenEntry(null, () => throw new InvalidOperationException("not asked"));
        Assert.NotNull(entry.V2Directory);
    }

    [Theory]
    [InlineData("a", "b", "invalid --cgroup argument: a (missing <controller>: prefix)")]
    [InlineData("pids:a", "b", "invalid --cgroup argument: b (missing <controller>: prefix)")]
    [InlineData("pids:a", "pids:b", "cgroup v2 takes a path alone")]
    [InlineData(":a", null, "invalid --cgroup argument: :a (empty <controller> prefix)")]
    [InlineData("../x", null, "bad sub cgroup path")]
    [InlineData("a/../../x", null, "bad sub cgroup path")]
    public void Sub_cgroup_that_makes_no_sense_is_refused(string first, string? second, string reason)
    {
        using var fake = FakeHost.Unified();
        fake.PutCgroup("sys/fs/cgroup/c");
        var cgroup = Open(fake);
        Assert.Contains(reason, Assert.Throws<ContainerException>(() => cgroup.OpenEntry(second is null ? [first] : [first, second])).Message, StringComparison.Ordinal);
    }

    private static Cgroup Open(FakeHost fake) => Cgroup.Open(fake.Detect(), [fake.Root + "/sys/fs/cgroup/c"]);

    private static string Entered(FakeHost fake, string membership, params string[] sub)
    {
        using var entry = Open(fake).OpenEntry(sub, () => CgroupMembership.Parse(membership));
        return new FileInfo($"/proc/self/fd/{entry.V2Directory!.Value}").LinkTarget![(fake.Root + "/sys/fs/cgroup").Length..];
    }
}
