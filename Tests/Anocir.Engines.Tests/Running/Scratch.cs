namespace Anocir.Engines.Tests.Running;

/// <summary>A directory of one engine's own, short enough for sockets, that goes with everything mounted under it.</summary>
public sealed class Scratch : IDisposable
{
    public Scratch(string prefix)
    {
        Name = $"ae{prefix}{Guid.NewGuid().ToString("N")[..6]}";
        Directory = Path.Combine("/tmp", Name);
        System.IO.Directory.CreateDirectory(Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    /// <summary>A name that nothing else on the machine has: the directory's, also used for cgroups.</summary>
    public string Name { get; }

    public string Directory { get; }

    /// <summary>A path inside; the directories above it are made.</summary>
    public string File(params string[] parts)
    {
        var path = Path.Combine([Directory, .. parts]);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>A directory inside, made where it is missing.</summary>
    public string Folder(params string[] parts) =>
        System.IO.Directory.CreateDirectory(Path.Combine([Directory, .. parts])).FullName;

    /// <summary>The mount points under a directory, the deepest first.</summary>
    public static IReadOnlyList<string> MountsUnder(string directory) =>
        System.IO.File.ReadLines("/proc/self/mountinfo")
            .Select(line => line.Split(' ')[4])
            .Where(point => point == directory || point.StartsWith(directory + "/", StringComparison.Ordinal))
            .Reverse()
            .ToArray();

    public void Dispose()
    {
        foreach (var point in MountsUnder(Directory))
            Command.Run("/bin/umount", "-l", point);
        if (System.IO.Directory.Exists(Directory))
            System.IO.Directory.Delete(Directory, recursive: true);
    }
}
