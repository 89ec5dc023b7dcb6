using System.Globalization;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>One directory of one hierarchy. Its files are reached through the hierarchy's open root.</summary>
/// <param name="hierarchy">The hierarchy.</param>
/// <param name="path">Below the mount point, without a leading slash.</param>
internal sealed class CgroupDirectory(CgroupHierarchy hierarchy, string path)
{
    private CgroupUndo? _undo;

    internal CgroupHierarchy Hierarchy { get; } = hierarchy;

    internal string Path { get; } = path;

    internal string Absolute => Path.Length == 0 ? Hierarchy.MountPoint : $"{Hierarchy.MountPoint}/{Path}";

    internal CgroupDirectory? Parent
    {
        get
        {
            if (Path.Length == 0) return null;
            var slash = Path.LastIndexOf('/');
            return new CgroupDirectory(Hierarchy, slash < 0 ? "" : Path[..slash]);
        }
    }

    internal CgroupDirectory Child(string name) => new(Hierarchy, Path.Length == 0 ? name : $"{Path}/{name}");

    /// <summary>Path of one of its files below the hierarchy's root.</summary>
    internal string File(string name) => Path.Length == 0 ? name : $"{Path}/{name}";

    /// <summary>The same directory, whose writes can be taken back.</summary>
    internal CgroupDirectory Recording(CgroupUndo undo) => new(Hierarchy, Path) { _undo = undo };

    internal int TryWrite(string file, ReadOnlySpan<char> value)
    {
        if (_undo is null) return WriteUnseen(file, value);
        var before = TryRead(file, out _);
        var errno = WriteUnseen(file, value);
        if (errno == 0) _undo.Wrote(this, file, before, value.ToString());
        return errno;
    }

    /// <summary>Writes, and remembers nothing of it.</summary>
    internal int WriteUnseen(string file, ReadOnlySpan<char> value) => CgroupCalls.TryWriteFile(Hierarchy.Root, File(file), value);

    /// <exception cref="SyscallException">With "write "VALUE" to /sys/fs/cgroup/..." as its action.</exception>
    internal void Write(string file, ReadOnlySpan<char> value)
    {
        var errno = TryWrite(file, value);
        if (errno != 0) throw Failure(file, value, errno);
    }

    internal void Write(string file, long value) => Write(file, value.ToString(CultureInfo.InvariantCulture));

    internal SyscallException Failure(string file, ReadOnlySpan<char> value, int errno) =>
        new($"write \"{value}\" to {Absolute}/{file}", errno);

    internal string? TryRead(string file, out int errno) => KernelFile.TryRead(Hierarchy.Root, File(file), out errno);

    internal string Read(string file) => TryRead(file, out var errno) ?? throw new SyscallException($"read {Absolute}/{file}", errno);

    /// <summary>The number in the file; "max" is <see cref="ulong.MaxValue"/>. Null when it cannot be read.</summary>
    internal ulong? ReadNumber(string file) => TryRead(file, out _) is { } text ? Number(text) : null;

    /// <summary>The value behind a key in a file of "key value" lines.</summary>
    internal ulong? ReadKey(string file, string key)
    {
        if (TryRead(file, out _) is not { } text) return null;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.Length > key.Length && line.StartsWith(key, StringComparison.Ordinal) && line[key.Length] == ' ')
                return Number(line[(key.Length + 1)..]);
        }

        return null;
    }

    internal FdHandle Open(string file, int flags) =>
        Sys.TryOpen(Hierarchy.Root, File(file), flags, 0, out var errno) ?? throw new SyscallException($"open {Absolute}/{file}", errno);

    internal FdHandle OpenDirectory(int flags) =>
        Sys.TryOpen(Hierarchy.Root, Path.Length == 0 ? "." : Path, flags | Sys.ODirectory, 0, out var errno)
        ?? throw new SyscallException($"open {Absolute}", errno);

    /// <summary>Names of the sub-cgroups; none when the directory is gone.</summary>
    internal IReadOnlyList<string> Children()
    {
        try
        {
            return [.. Directory.EnumerateDirectories(Absolute).Select(d => System.IO.Path.GetFileName(d))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    internal static ulong? Number(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.SequenceEqual("max")) return ulong.MaxValue;
        if (ulong.TryParse(text, CultureInfo.InvariantCulture, out var value)) return value;
        // memory.limit_in_bytes of an unlimited root reads as -1 on some kernels.
        return long.TryParse(text, CultureInfo.InvariantCulture, out var negative) ? unchecked((ulong)negative) : null;
    }
}
