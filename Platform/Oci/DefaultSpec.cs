using System.Text.Json;

namespace Anocir.Platform.Oci;

/// <summary>The config.json that <c>spec</c> writes: a shell on a terminal, with few capabilities and a read-only root.</summary>
public static class DefaultSpec
{
    private static readonly string[] Capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    /// <summary>The specification for root, or for the user <paramref name="uid"/> and <paramref name="gid"/> without privileges.</summary>
    /// <param name="cgroupNamespace">Whether to ask for a cgroup namespace: where cgroup v2 is all there is.</param>
    public static Spec Create(bool rootless, uint uid = 0, uint gid = 0, bool cgroupNamespace = false) => new()
    {
        OciVersion = OciVersion.Max,
        Process = new Process
        {
            Terminal = true,
            User = new User(),
            Args = ["sh"],
            Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            Cwd = "/",
            // No ambient or inheritable ones: a program that drops root must not keep them.
            Capabilities = new Capabilities { Bounding = Capabilities, Effective = Capabilities, Permitted = Capabilities },
            Rlimits = [new Rlimit { Type = "RLIMIT_NOFILE", Hard = 1024, Soft = 1024 }],
            NoNewPrivileges = true,
        },
        Root = new Root { Path = "rootfs", Readonly = true },
        Hostname = "anocir",
        Mounts = Mounts(rootless),
        Linux = new Linux
        {
            UidMappings = rootless ? [new IdMapping { ContainerID = 0, HostID = uid, Size = 1 }] : null,
            GidMappings = rootless ? [new IdMapping { ContainerID = 0, HostID = gid, Size = 1 }] : null,
            Resources = rootless ? null : new Resources { Devices = [new DeviceRule { Allow = false, Access = "rwm" }] },
            Namespaces = Namespaces(rootless, cgroupNamespace),
            MaskedPaths =
            [
                "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
            ],
            ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    };

    /// <summary>As <c>spec</c> writes it: a tab for each level, no newline at the end.</summary>
    public static string ToJson(Spec spec) => JsonSerializer.Serialize(spec, OciJsonFormat.Tabbed.Spec);

    private static List<Namespace> Namespaces(bool rootless, bool cgroupNamespace)
    {
        var types = new List<string> { "pid" };
        if (!rootless) types.Add("network");
        types.AddRange(["ipc", "uts", "mount"]);
        if (cgroupNamespace) types.Add("cgroup");
        if (rootless) types.Add("user");
        return types.ConvertAll(type => new Namespace { Type = type });
    }

    private static List<Mount> Mounts(bool rootless) =>
    [
        Mount("/proc", "proc", "proc"),
        Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        // The group tty is not mapped for a user without privileges.
        rootless
            ? Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620")
            : Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
        Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        // A new sysfs needs a network namespace of one's own.
        rootless
            ? Mount("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro")
            : Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
    ];

    private static Mount Mount(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options.Length == 0 ? null : options };
}
