using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

/// <summary>Makes the plan of a container's file system: a pure function of config.json and what the host is.</summary>
public static class RootfsPlanner
{
    /// <summary>Devices every container has (config-linux.md, Default Devices).</summary>
    private static readonly DevicePlan[] DefaultDevices =
    [
        new("/dev/null", FileStatus.Character, 1, 3),
        new("/dev/zero", FileStatus.Character, 1, 5),
        new("/dev/full", FileStatus.Character, 1, 7),
        new("/dev/random", FileStatus.Character, 1, 8),
        new("/dev/urandom", FileStatus.Character, 1, 9),
        new("/dev/tty", FileStatus.Character, 5, 0),
    ];

    /// <summary>The plan for a validated configuration. <paramref name="bundle"/> is an absolute path.</summary>
    /// <exception cref="ContainerException">A mount, device or path that no container can have.</exception>
    public static RootfsPlan Plan(Spec spec, string bundle, RootfsHostFacts facts)
    {
        var linux = spec.Linux;
        var root = spec.Root?.Path ?? throw new ContainerException("root.path is not set");
        if (!string.IsNullOrEmpty(linux?.MountLabel) && !facts.Selinux)
            throw new ContainerException("config.json: linux.mountLabel: selinux label is specified in config, but selinux is disabled or not supported");
        var mounts = new MountPlanner(spec, bundle, facts);
        var planned = (spec.Mounts ?? []).Select(mounts.Plan).ToArray();
        // The host's /dev has all there is to have, and making nodes in it would be making them on the host.
        var setUpDev = !planned.Any(m => m is { Kind: MountKind.Bind, Destination: "/dev" });
        return new RootfsPlan
        {
            RootPath = CleanPath(Path.Combine(bundle, root)),
            Propagation = Propagation(linux?.RootfsPropagation),
            Mounts = planned,
            SetUpDev = setUpDev,
            Devices = setUpDev ? Devices(linux?.Devices ?? []) : [],
            BindDevices = facts.InUserNamespace || HasNamespace(spec, "user"),
            Symlinks = setUpDev ? Symlinks(facts) : [],
            MaskedPaths = Absolute(linux?.MaskedPaths, "maskedPaths"),
            ReadonlyPaths = Absolute(linux?.ReadonlyPaths, "readonlyPaths"),
            ReadonlyRoot = spec.Root.Readonly,
            Hostname = string.IsNullOrEmpty(spec.Hostname) ? null : spec.Hostname,
            Domainname = string.IsNullOrEmpty(spec.Domainname) ? null : spec.Domainname,
            Sysctls = [.. (linux?.Sysctl ?? new Dictionary<string, string>()).Select(s => new SysctlPlan(SysctlPath(s.Key), s.Value))],
            Console = spec.Process?.Terminal ?? false,
        };
    }

    internal static bool HasNamespace(Spec spec, string type) => spec.Linux?.Namespaces?.Any(n => n.Type == type) ?? false;

    /// <summary>An absolute path without empty, "." and ".." parts. A relative one counts from "/" (config.md: destination).</summary>
    internal static string CleanPath(string path)
    {
        if (path.Contains('\0')) throw new ContainerException("path holds a NUL character");
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part.Length == 0 || part == ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
        }

        return "/" + string.Join('/', parts);
    }

    /// <summary>As sysctl(8): dots part the name, unless a slash comes first; then dots belong to it (net/ipv4/conf/eth0.1/...).</summary>
    private static string SysctlPath(string name)
    {
        var separator = name.IndexOfAny(['.', '/']);
        var path = separator >= 0 && name[separator] == '.' ? string.Concat(name.Select(c => c switch { '.' => '/', '/' => '.', _ => c })) : name;
        if (path.Split('/').Any(p => p is "" or "." or "..")) throw new ContainerException($"invalid sysctl \"{name}\"");
        return path;
    }

    private static MountPropagation? Propagation(string? word) =>
        string.IsNullOrEmpty(word) ? null : MountPropagation.Parse(word) ?? throw new ContainerException($"invalid rootfsPropagation \"{word}\"");

    private static IReadOnlyList<string> Absolute(IReadOnlyList<string>? paths, string property)
    {
        foreach (var path in paths ?? [])
            if (!path.StartsWith('/')) throw new ContainerException($"{property}: \"{path}\" is not an absolute path");
        return [.. (paths ?? []).Select(CleanPath)];
    }

    private static SymlinkPlan[] Symlinks(RootfsHostFacts facts)
    {
        SymlinkPlan[] links =
        [
            new("fd", "/proc/self/fd"), new("stdin", "/proc/self/fd/0"), new("stdout", "/proc/self/fd/1"), new("stderr", "/proc/self/fd/2"),
            new("ptmx", "pts/ptmx"),
        ];
        return facts.HasKcore ? [.. links, new("core", "/proc/kcore")] : links;
    }

    private static DevicePlan[] Devices(IReadOnlyList<Device> listed)
    {
        var devices = new Dictionary<string, DevicePlan>(StringComparer.Ordinal);
        foreach (var device in DefaultDevices) devices.Add(device.Path, device);
        foreach (var device in listed)
        {
            var path = CleanPath(device.Path ?? throw new ContainerException("device without a path"));
            if (path == "/") throw new ContainerException($"invalid device path \"{device.Path}\"");
            // The terminal multiplexer is always the container's own: /dev/pts/ptmx.
            if (path == "/dev/ptmx") continue;
            var type = device.Type switch
            {
                "c" or "u" => FileStatus.Character,
                "b" => FileStatus.Block,
                "p" => FileStatus.Fifo,
                _ => throw new ContainerException($"device {path}: invalid type \"{device.Type}\""),
            };
            if (device.Major is < 0 or > uint.MaxValue || device.Minor is < 0 or > uint.MaxValue)
                throw new ContainerException($"device {path}: invalid number {device.Major}:{device.Minor}");
            devices[path] = new DevicePlan(path, type, (uint)device.Major, (uint)device.Minor, (device.FileMode ?? 0x1B6) & 0xFFF, device.Uid ?? 0, device.Gid ?? 0);
        }

        return [.. devices.Values];
    }
}
