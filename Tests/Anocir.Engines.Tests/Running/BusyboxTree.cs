using System.Formats.Tar;
using System.Text;

namespace Anocir.Engines.Tests.Running;

/// <summary>The root file system of every container here: busybox, a few users, and one file that cannot be executed.</summary>
public static class BusyboxTree
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Everyone = Executable | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite | UnixFileMode.StickyBit;

    private const string Users = """
        root:x:0:0:root:/root:/bin/sh
        alice:x:1000:1000:Alice:/home/alice:/bin/sh
        bob:x:1001:1001:Bob:/home/bob:/bin/sh

        """;

    private const string Groups = """
        root:x:0:
        alice:x:1000:
        bob:x:1001:
        wheel:x:10:alice
        extra:x:2000:

        """;

    /// <summary>Writes the tree as a tar archive, which docker import and podman import take.</summary>
    public static void Write(string path)
    {
        using var archive = new TarWriter(File.Create(path), TarEntryFormat.Ustar);
        foreach (var directory in new[] { "bin", "dev", "etc", "home", "mnt", "proc", "root", "run", "sys", "usr", "var" })
            Add(archive, TarEntryType.Directory, directory + "/", Executable);
        Add(archive, TarEntryType.Directory, "home/alice/", Executable, owner: 1000);
        Add(archive, TarEntryType.Directory, "tmp/", Everyone);
        AddText(archive, "etc/passwd", Users);
        AddText(archive, "etc/group", Groups);
        AddText(archive, "etc/plain", "not a program\n");

        var busybox = Programs.Find("busybox") ?? throw new InvalidOperationException("busybox is not installed");
        using (var program = File.OpenRead(busybox))
            archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "bin/busybox") { Mode = Executable, DataStream = program });
        foreach (var applet in Command.Run(busybox, "--list").Ok().Lines.Where(applet => applet != "busybox"))
            archive.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "bin/" + applet) { LinkName = "busybox" });
    }

    private static void Add(TarWriter archive, TarEntryType type, string name, UnixFileMode mode, int owner = 0) =>
        archive.WriteEntry(new UstarTarEntry(type, name) { Mode = mode, Uid = owner, Gid = owner });

    private static void AddText(TarWriter archive, string name, string text) =>
        archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
        {
            Mode = Readable,
            DataStream = new MemoryStream(Encoding.ASCII.GetBytes(text)),
        });
}
