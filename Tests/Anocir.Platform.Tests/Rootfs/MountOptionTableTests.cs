using Anocir.Platform.Rootfs;
using Xunit;

namespace Anocir.Platform.Tests.Rootfs;

public sealed class MountOptionTableTests
{
    // runtime-spec, config.md: every word of the table of Linux mount options.
    private const string Specified =
        "async atime bind defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime noexec noiversion nolazytime norelatime nostrictatime nosuid " +
        "private rbind relatime remount ro rprivate rshared rslave runbindable rw shared silent slave strictatime suid sync unbindable " +
        "nosymfollow symfollow ratime rdev rdiratime rexec rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow rro rrw rrelatime rstrictatime rsuid " +
        "rsymfollow rnodev idmap ridmap mand nomand tmpcopyup";

    [Fact]
    public void Names_are_those_of_the_specification_sorted() =>
        Assert.Equal(Specified.Split(' ').Order(StringComparer.Ordinal), MountOptionTable.Names);

    [Theory]
    [InlineData("ro,rw", 0ul, 1ul)]
    [InlineData("rw,ro", 1ul, 0ul)]
    [InlineData("noatime", 0x10ul, 0x70ul)]
    [InlineData("noatime,strictatime", 0x20ul, 0x70ul)]
    [InlineData("strictatime,relatime", 0ul, 0x70ul)]
    [InlineData("ro,nosuid,nodev,noexec,nodiratime,nosymfollow", 0x20008Ful, 0ul)]
    [InlineData("nosuid,suid,norelatime", 0ul, 2ul)]
    public void Later_option_wins(string options, ulong set, ulong clear)
    {
        var attributes = new MountAttributes();
        foreach (var word in options.Split(','))
        {
            Assert.True(MountOptionTable.TryGet(word, out var option));
            attributes = attributes.With(option.Set, option.Clear);
        }

        Assert.Equal(new MountAttributes(set, clear), attributes);
    }
}
