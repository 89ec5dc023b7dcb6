namespace Anocir.Conformance.Tests.Config;

/// <summary>
/// Every option of the table "Linux mount options" and what the kernel says of a mount made with it. What it must show stands plain,
/// what it must not with a "!" before it: flags of the mount, flags of the file system ("super:"), propagation ("shared:").
/// An option that only takes another one back is tried after that other one.
/// </summary>
public static class MountOptionCases
{
    /// <summary>Options of a new tmpfs: option, options of the mount, what is seen.</summary>
    public static TheoryData<string, string, string> OfFileSystems => Of(
        ("async", "sync,async", "!super:sync"), ("atime", "noatime,atime", "!noatime"), ("defaults", "defaults", "rw !nosuid !nodev !noexec super:rw"),
        ("dev", "nodev,dev", "!nodev"), ("diratime", "nodiratime,diratime", "!nodiratime"), ("dirsync", "dirsync", "super:dirsync"),
        ("exec", "noexec,exec", "!noexec"), ("iversion", "iversion", "rw"), ("lazytime", "lazytime", "super:lazytime"), ("loud", "silent,loud", "rw"),
        ("noatime", "noatime", "noatime !relatime"), ("nodev", "nodev", "nodev"), ("nodiratime", "nodiratime", "nodiratime"),
        ("noexec", "noexec", "noexec"), ("noiversion", "iversion,noiversion", "rw"), ("nolazytime", "lazytime,nolazytime", "!super:lazytime"),
        ("norelatime", "norelatime", "rw"), ("nostrictatime", "strictatime,nostrictatime", "relatime"), ("nosuid", "nosuid", "nosuid"),
        ("relatime", "relatime", "relatime"), ("ro", "ro", "ro"), ("rw", "ro,rw", "rw !ro super:rw"), ("silent", "silent", "rw"),
        ("strictatime", "strictatime", "!relatime !noatime"), ("suid", "nosuid,suid", "!nosuid"), ("sync", "sync", "super:sync"));

    public static TheoryData<string, string, string> OfFileSystemsThatShould => Of(
        ("nosymfollow", "nosymfollow", "nosymfollow"), ("symfollow", "nosymfollow,symfollow", "!nosymfollow"));

    public static TheoryData<string, string, string> OfFileSystemsThatMay => Of(
        ("mand", "mand", "rw"), ("nomand", "mand,nomand", "!super:mand"), ("tmpcopyup", "tmpcopyup", "rw"));

    /// <summary>Options of a bind mount of a tree that is shared on the host: option, options, what is seen of the top.</summary>
    public static TheoryData<string, string, string> OfBindMounts => Of(
        ("bind", "bind", "rw"), ("rbind", "rbind", "rw"),
        ("private", "rbind,private", "!shared: !master: !unbindable"), ("rprivate", "rbind,rprivate", "!shared: !master: !unbindable"),
        ("shared", "rbind,shared", "shared:"), ("rshared", "rbind,rshared", "shared:"),
        ("slave", "rbind,slave", "master: !shared:"), ("rslave", "rbind,rslave", "master: !shared:"),
        ("unbindable", "rbind,unbindable", "unbindable"), ("runbindable", "rbind,runbindable", "unbindable"));

    /// <summary>Recursive options over a plain tree: option, what is seen of the top and of the mount below.</summary>
    public static TheoryData<string, string> Setting => new()
    {
        { "rro", "ro" }, { "rnosuid", "nosuid" }, { "rnodev", "nodev" }, { "rnoexec", "noexec" }, { "rnoatime", "noatime" },
        { "rnodiratime", "nodiratime" }, { "rnosymfollow", "nosymfollow" }, { "rstrictatime", "!relatime !noatime" },
    };

    /// <summary>Recursive options over a tree that has all those set.</summary>
    public static TheoryData<string, string> Clearing => new()
    {
        { "rrw", "!ro" }, { "rsuid", "!nosuid" }, { "rdev", "!nodev" }, { "rexec", "!noexec" }, { "ratime", "!noatime" },
        { "rdiratime", "!nodiratime" }, { "rsymfollow", "!nosymfollow" }, { "rrelatime", "relatime" },
    };

    /// <summary>Recursive options that take back what is not the case: the tree stays as it is.</summary>
    public static TheoryData<string, string> Without => new() { { "rnorelatime", "nosuid !relatime" }, { "rnostrictatime", "nosuid" } };

    private static TheoryData<string, string, string> Of(params (string Option, string Options, string Seen)[] rows)
    {
        var data = new TheoryData<string, string, string>();
        foreach (var (option, options, seen) in rows) data.Add(option, options, seen);
        return data;
    }
}
