using System.Globalization;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Resctrl;

/// <summary>
/// The class of service that <c>linux.intelRdt</c> puts a container into (config-linux.md, IntelRdt): a directory of resctrl, made or
/// found there, and a monitoring group of the container's own in it if one is wanted.
/// </summary>
public sealed class ResctrlGroup
{
    private readonly string _root;
    private readonly bool _ownClass;
    private readonly IReadOnlyList<string> _lines;

    private ResctrlGroup(string root, string directory, string? monitoring, bool ownClass, IReadOnlyList<string> lines)
    {
        (_root, Directory, Monitoring, _ownClass, _lines) = (root, directory, monitoring, ownClass, lines);
        // Found before anything is made, so that what was there stays there.
        ToRemove = [.. new[] { monitoring, ownClass ? directory : null }.OfType<string>().Where(d => !Sys.Exists(d))];
    }

    public string Directory { get; }

    /// <summary>Null without <c>enableMonitoring</c>.</summary>
    public string? Monitoring { get; }

    /// <summary>What is ours to make, so ours to remove; innermost first.</summary>
    public IReadOnlyList<string> ToRemove { get; }

    /// <param name="root">Where resctrl is mounted.</param>
    /// <param name="id">The container's id, which names what has no name in the configuration.</param>
    public static ResctrlGroup Of(IntelRdt rdt, string id, string root)
    {
        var named = !string.IsNullOrEmpty(rdt.ClosID);
        var directory = rdt.ClosID == "/" ? root : $"{root}/{(named ? rdt.ClosID : id)}";
        // In this order: a line of schemata may say the same again, and is to win.
        string?[] lines = [rdt.L3CacheSchema, rdt.MemBwSchema, .. rdt.Schemata ?? []];
        return new ResctrlGroup(root, directory, rdt.EnableMonitoring ? $"{directory}/mon_groups/{id}" : null, !named, [.. lines.OfType<string>().Where(l => l.Length > 0)]);
    }

    /// <summary>Makes what is missing, sets or compares the schemata.</summary>
    /// <exception cref="ContainerException">A named class that is not there, or has other schemata.</exception>
    /// <exception cref="SyscallException">The kernel refuses: no class is left, or a schema is wrong.</exception>
    public void Make()
    {
        if (!_ownClass && _lines.Count == 0 && !Sys.Exists(Directory))
            throw new ContainerException($"linux.intelRdt.closID: {Directory} does not exist, and no schemata are given to make it with");
        var made = MakeDirectory(Directory);
        try
        {
            if (made || _ownClass) foreach (var line in _lines) WriteSchema(line);
            else Compare();
            if (Monitoring is not null) MakeDirectory(Monitoring);
        }
        catch
        {
            // A named class outlives its containers, but not the failure that made it.
            if (made) Sys.RemoveDirectory(null, Directory);
            throw;
        }
    }

    /// <summary>Sets lines of the schemata of a class that is there: all of them, or none when one is refused.</summary>
    /// <returns>Puts back what was there before.</returns>
    /// <exception cref="SyscallException">The kernel refuses.</exception>
    public Action Change(IReadOnlyList<string> lines)
    {
        var before = KernelFile.Read($"{Directory}/schemata").Split('\n').Select(l => l.Trim())
            .Where(l => lines.Any(line => Parse(line).Resource == Parse(l).Resource)).ToList();
        try
        {
            foreach (var line in lines) WriteSchema(line);
        }
        catch (SyscallException)
        {
            PutBack();
            throw;
        }

        return PutBack;

        void PutBack()
        {
            foreach (var line in before) KernelFile.TryWrite(null, $"{Directory}/schemata", line + "\n");
        }
    }

    /// <summary>Puts a process into the class, and into the monitoring group.</summary>
    public void Enter(int pid)
    {
        var text = pid.ToString(CultureInfo.InvariantCulture);
        KernelFile.Write($"{Directory}/tasks", text);
        if (Monitoring is not null) KernelFile.Write($"{Monitoring}/tasks", text);
    }

    /// <summary>Removes directories as <see cref="ToRemove"/> lists them. What is not there is not missed.</summary>
    public static void Remove(IReadOnlyList<string> directories)
    {
        foreach (var directory in directories)
        {
            var errno = Sys.RemoveDirectory(null, directory);
            if (errno is not (0 or Errno.ENOENT)) throw new SyscallException($"rmdir {directory}", errno);
        }
    }

    private void WriteSchema(string line)
    {
        var errno = KernelFile.TryWrite(null, $"{Directory}/schemata", line + "\n");
        if (errno == 0) return;
        // The kernel says there what it did not like.
        var reason = KernelFile.TryRead(null, $"{_root}/info/last_cmd_status", out _)?.Trim();
        throw new SyscallException($"write {line} to {Directory}/schemata{(string.IsNullOrEmpty(reason) ? "" : $" ({reason})")}", errno);
    }

    private static bool MakeDirectory(string path)
    {
        var errno = Sys.TryMakeDirectory(path, 0x1ED /* 0755 */);
        return errno switch
        {
            0 => true,
            Errno.EEXIST => false,
            Errno.ENOSPC => throw new SyscallException($"mkdir {path}: the processor has no class of service or monitoring id left", errno),
            _ => throw new SyscallException($"mkdir {path}", errno),
        };
    }

    private void Compare()
    {
        if (_lines.Count == 0) return;
        var there = KernelFile.Read($"{Directory}/schemata").Split('\n').Select(Parse).ToList();
        foreach (var line in _lines)
        {
            var (resource, wanted) = Parse(line);
            var have = there.FirstOrDefault(t => t.Resource == resource).Values;
            if (have is null || wanted.Any(w => !have.TryGetValue(w.Key, out var value) || value != w.Value))
                throw new ContainerException($"linux.intelRdt: {Directory} exists with other schemata than {line}");
        }
    }

    /// <summary>"L3:0=0ff;1=f" as L3, {0: ff, 1: f}: the kernel pads with blanks and zeros.</summary>
    private static (string Resource, Dictionary<string, string> Values) Parse(string line)
    {
        var colon = line.IndexOf(':');
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (colon < 0) return (line.Trim(), values);
        foreach (var part in line[(colon + 1)..].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            if (equals > 0) values[Trim(part[..equals])] = Trim(part[(equals + 1)..]);
        }

        return (line[..colon].Trim(), values);
    }

    private static string Trim(string number) => number.Trim().TrimStart('0') is { Length: > 0 } digits ? digits.ToLowerInvariant() : "0";
}
