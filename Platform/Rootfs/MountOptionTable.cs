using System.Collections.Frozen;
using static Anocir.Platform.Rootfs.MountAttributes;

namespace Anocir.Platform.Rootfs;

/// <summary>The mount options of the runtime-spec (config.md, Linux mount options). Any other word is the filesystem's own.</summary>
public static class MountOptionTable
{
    private static readonly FrozenDictionary<string, MountOption> Options = Build();

    /// <summary>Every option, sorted: <c>mountOptions</c> of <c>features</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Options.Keys.Order(StringComparer.Ordinal)];

    internal static bool TryGet(string word, out MountOption option) => Options.TryGetValue(word, out option);

    private static FrozenDictionary<string, MountOption> Build()
    {
        var table = new Dictionary<string, MountOption>(StringComparer.Ordinal)
        {
            ["defaults"] = new(MountOptionKind.Nothing),
            // Messages and inode versions are the filesystem's business since the new mount API; mount(8) takes the words as well.
            ["silent"] = new(MountOptionKind.Nothing),
            ["loud"] = new(MountOptionKind.Nothing),
            ["iversion"] = new(MountOptionKind.Nothing),
            ["noiversion"] = new(MountOptionKind.Nothing),
            ["sync"] = new(MountOptionKind.Superblock, Opposite: "async"),
            ["async"] = new(MountOptionKind.Superblock, Opposite: "sync"),
            ["dirsync"] = new(MountOptionKind.Superblock),
            ["lazytime"] = new(MountOptionKind.Superblock, Opposite: "nolazytime"),
            ["nolazytime"] = new(MountOptionKind.Superblock, Opposite: "lazytime"),
            ["mand"] = new(MountOptionKind.Superblock, Opposite: "nomand"),
            ["nomand"] = new(MountOptionKind.Superblock, Opposite: "mand"),
            ["bind"] = new(MountOptionKind.Bind),
            ["rbind"] = new(MountOptionKind.RecursiveBind),
            ["remount"] = new(MountOptionKind.Remount),
            ["idmap"] = new(MountOptionKind.IdMap),
            ["ridmap"] = new(MountOptionKind.RecursiveIdMap),
            ["tmpcopyup"] = new(MountOptionKind.CopyUp),
        };
        foreach (var word in (string[])["shared", "slave", "private", "unbindable"])
        {
            table[word] = new(MountOptionKind.Propagation);
            table["r" + word] = new(MountOptionKind.Propagation);
        }

        (string Word, ulong Set, ulong Clear)[] attributes =
        [
            ("ro", ReadOnly, 0), ("rw", 0, ReadOnly),
            ("nosuid", NoSuid, 0), ("suid", 0, NoSuid),
            ("nodev", NoDev, 0), ("dev", 0, NoDev),
            ("noexec", NoExec, 0), ("exec", 0, NoExec),
            ("nosymfollow", NoSymFollow, 0), ("symfollow", 0, NoSymFollow),
            ("nodiratime", NoDirAtime, 0), ("diratime", 0, NoDirAtime),
            ("noatime", NoAtime, AtimeMask), ("strictatime", StrictAtime, AtimeMask),
            // relatime is the absence of the other two, so what undoes them is the same.
            ("relatime", 0, AtimeMask), ("atime", 0, AtimeMask), ("nostrictatime", 0, AtimeMask),
            ("norelatime", 0, 0),
        ];
        foreach (var (word, set, clear) in attributes)
        {
            table[word] = new(MountOptionKind.Attribute, set, clear);
            table["r" + word] = new(MountOptionKind.RecursiveAttribute, set, clear);
        }

        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
