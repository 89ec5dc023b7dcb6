using System.Numerics;
using CgroupFiles = Anocir.Engines.Tests.Running.Cgroups;

namespace Anocir.Runtime.Tests.Configs;

/// <summary>What a config.json promises, held against what the container found.</summary>
internal sealed class Expectation(JsonObject config, Probe probe, int pid)
{
    private static readonly string[] Capabilities =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
        "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
        "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
        "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    private static readonly string[] MountFlags = ["ro", "nosuid", "nodev", "noexec", "nosymfollow"];

    private JsonNode Process => config["process"]!;

    private JsonNode Linux => config["linux"]!;

    public void Identity()
    {
        if (config["hostname"] is { } hostname) Assert.Equal((string?)hostname, probe.Line("hostname"));
        var user = Process["user"]!;
        Assert.Equal($"{(int)user["uid"]!}", probe["ids"][0]);
        Assert.Equal($"{(int)user["gid"]!}", probe["ids"][1]);
        var groups = (user["additionalGids"] as JsonArray ?? []).Select(g => (int)g!).Order();
        Assert.Equal(groups, probe.Status("Groups").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(g => int.Parse(g, CultureInfo.InvariantCulture)).Order());
        Assert.Equal(user["umask"] is { } umask ? Convert.ToString((int)umask, 8).PadLeft(4, '0') : "0022", probe.Line("umask"));
        Assert.Equal((string?)Process["cwd"], probe.Line("cwd"));
        var configured = Probe.Strings(Process["env"]).ToList();
        Assert.Equal(configured.Order(StringComparer.Ordinal), probe["environment"].Where(e => configured.Contains(e) || !e.StartsWith("HOME=", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(probe["environment"], e => e.StartsWith("HOME=", StringComparison.Ordinal));
        if (Process["oomScoreAdj"] is { } score) Assert.Equal($"{(int)score}", probe.Line("oom"));
        foreach (var (key, value) in Linux["sysctl"] as JsonObject ?? [])
        {
            var seen = probe["sysctl"].First(l => l.StartsWith(key.Replace('.', '/') + " ", StringComparison.Ordinal));
            Assert.Equal((string?)value, seen[(key.Length + 1)..].Replace('\t', ' '));
        }
    }

    public void Privileges()
    {
        Assert.Equal((bool?)Process["noNewPrivileges"] == true ? "1" : "0", probe.Status("NoNewPrivs"));
        // Docker and Podman let a filter stand for what it denies; 2 is a filter (seccomp(2)).
        Assert.Equal(Linux["seccomp"] is null ? "0" : "2", probe.Status("Seccomp"));
        var sets = Process["capabilities"]!;
        foreach (var (set, field) in new[] { ("bounding", "CapBnd"), ("effective", "CapEff"), ("permitted", "CapPrm"), ("inheritable", "CapInh"), ("ambient", "CapAmb") })
        {
            var seen = new BigInteger(ulong.Parse(probe.Status(field), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            Assert.Equal(Mask(sets[set], set), seen);
        }

        // A capability that the caller lacks cannot be granted: a warning, and no failure (config.md, process.capabilities).
        BigInteger Mask(JsonNode? names, string set)
        {
            // Ambient ones must be inheritable as well (capabilities(7)); buildah asks for them without.
            if (set == "ambient") names = new JsonArray([.. Probe.Strings(names).Intersect(Probe.Strings(sets["inheritable"])).Select(n => (JsonNode)n)]);
            var own = ulong.Parse(Processes.Status(Environment.ProcessId, "CapBnd")!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (Linux["uidMappings"] is JsonArray { Count: > 0 }) own = ulong.MaxValue;
            var mask = Probe.Strings(names).Aggregate(0UL, (bits, capability) => bits | (1UL << Array.IndexOf(Capabilities, capability["CAP_".Length..])));
            return new BigInteger(mask & own);
        }
    }

    public void Mounts()
    {
        var root = probe.Mount("/")!;
        Assert.Equal((bool?)config["root"]!["readonly"] == true, root.Options.Contains("ro"));
        foreach (var mount in config["mounts"]!.AsArray())
        {
            var destination = (string)mount!["destination"]!;
            var seen = probe.Mount(destination);
            Assert.True(seen is not null, $"nothing is mounted on {destination}");
            var options = Probe.Strings(mount["options"]).ToList();
            // The parts of a cgroup mount of version 1 are mounts of their own, each with these flags.
            if ((string?)mount["type"] is "cgroup") continue;
            foreach (var flag in MountFlags)
            {
                if (options.Contains(flag)) Assert.True(seen.Options.Contains(flag), $"{destination} is not {flag}: {string.Join(',', seen.Options)}");
                else if (!EngineConfigs.IsBind(mount) && flag is not "nosymfollow") Assert.False(seen.Options.Contains(flag), $"{destination} is {flag}: {string.Join(',', seen.Options)}");
            }

            if (!EngineConfigs.IsBind(mount)) Assert.Equal((string?)mount["type"], seen.Type);
            foreach (var option in options.Where(o => o.StartsWith("mode=", StringComparison.Ordinal) && seen.Type == "tmpfs" && o != "mode=1777"))
                Assert.Contains(option, seen.FileSystemOptions);
        }

        foreach (var path in Probe.Strings(Linux["maskedPaths"]).Where(probe["existing"].Contains))
        {
            var seen = probe.Mount(path);
            Assert.True(seen is not null, $"{path} is not masked");
            var shown = probe["masked"].First(l => l.StartsWith(path + " ", StringComparison.Ordinal))[(path.Length + 1)..];
            Assert.Equal(shown.StartsWith("empty", StringComparison.Ordinal) ? "empty 0" : "character special file 1:3", shown);
        }

        foreach (var path in Probe.Strings(Linux["readonlyPaths"]).Where(probe["existing"].Contains))
            Assert.True(probe.Mount(path)?.Options.Contains("ro"), $"{path} is not read-only");
    }

    public void Devices(bool inUserNamespace)
    {
        string[] standard = ["null 1:3", "zero 1:5", "full 1:7", "random 1:8", "urandom 1:9", "tty 5:0"];
        foreach (var device in standard)
        {
            var parts = device.Split(' ');
            var line = probe["devices"].First(l => l.StartsWith($"/dev/{parts[0]} ", StringComparison.Ordinal));
            Assert.Contains($" character special file {parts[1]} 666 ", line, StringComparison.Ordinal);
        }

        foreach (var device in inUserNamespace ? [] : Linux["devices"] as JsonArray ?? [])
        {
            var line = probe["devices"].Last(l => l.StartsWith((string)device!["path"]! + " ", StringComparison.Ordinal));
            var (kind, mode) = ((string)device!["type"]! == "b" ? "block special file" : "character special file", Convert.ToString((int)device["fileMode"]! & 0x1FF, 8));
            // /dev/ptmx is the devpts' own, whatever stands in the list (config-linux.md, default devices).
            if ((string)device["path"]! == "/dev/ptmx") continue;
            Assert.Equal($"{device["path"]} {kind} {(int)device["major"]!:x}:{(int)device["minor"]!:x} {mode} {(int)device["uid"]!}:{(int)device["gid"]!}", line);
        }

        Assert.Equal(["fd /proc/self/fd", "stdin /proc/self/fd/0", "stdout /proc/self/fd/1", "stderr /proc/self/fd/2"], probe["links"][..4]);
        Assert.Matches("^ptmx (/dev/)?pts/ptmx$", probe["links"][4]);
    }

    public void Namespaces(int? joined)
    {
        var seen = probe["namespaces"].Select(l => l.Split(' ')).Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1]);
        foreach (var (type, link) in new[] { ("mount", "mnt"), ("pid", "pid"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("user", "user"), ("cgroup", "cgroup") })
        {
            var configured = Linux["namespaces"]!.AsArray().FirstOrDefault(n => (string?)n!["type"] == type);
            Assert.Equal(Processes.Namespace(pid, link), seen[link]);
            if (configured is null) Assert.Equal(Processes.Namespace(Environment.ProcessId, link), seen[link]);
            else if (configured["path"] is not null) Assert.Equal(Processes.Namespace(joined!.Value, link), seen[link]);
            else Assert.NotEqual(Processes.Namespace(Environment.ProcessId, link), seen[link]);
        }

        foreach (var (field, section) in new[] { ("uidMappings", "uid_map"), ("gidMappings", "gid_map") })
        {
            if (Linux[field] is not JsonArray { Count: > 0 } maps) continue;
            Assert.Equal(
                maps.Select(m => $"{(long)m!["containerID"]!} {(long)m["hostID"]!} {(long)m["size"]!}"),
                probe[section].Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        }
    }

    /// <summary>From outside, where the container's word does not count.</summary>
    public void Cgroups()
    {
        Assert.EndsWith((string)Linux["cgroupsPath"]!, CgroupFiles.Of(pid, "memory"), StringComparison.Ordinal);
        var resources = Linux["resources"];
        if (resources is null) return;
        Limit("memory", "memory.limit", "memory.limit_in_bytes", "memory.max");
        Limit("memory", "memory.reservation", "memory.soft_limit_in_bytes", "memory.low");
        Limit("memory", "memory.swap", "memory.memsw.limit_in_bytes", null);
        Limit("memory", "memory.swappiness", "memory.swappiness", null);
        Limit("cpu", "cpu.shares", "cpu.shares", null);
        Limit("cpu", "cpu.quota", "cpu.cfs_quota_us", null);
        Limit("cpu", "cpu.period", "cpu.cfs_period_us", null);
        Limit("cpuset", "cpu.cpus", "cpuset.cpus", "cpuset.cpus");
        Limit("cpuset", "cpu.mems", "cpuset.mems", "cpuset.mems");
        Limit("pids", "pids.limit", "pids.max", "pids.max");
        if (!CgroupFiles.IsUnified("devices") && resources["devices"] is JsonArray { Count: 1 } rules && (bool)rules[0]!["allow"]!)
            Assert.Equal("a *:* rwm", CgroupFiles.Read(pid, "devices", "devices.list", ""));

        void Limit(string controller, string field, string version1, string? version2)
        {
            var names = field.Split('.');
            // 0 is "as it is" in every one of these.
            if (resources[names[0]]?[names[1]] is not JsonValue value || value.ToString() == "0" && names[1] is not ("cpus" or "mems")) return;
            var unified = CgroupFiles.IsUnified(controller);
            if (unified && version2 is null || !CgroupFiles.Has(controller, unified ? version2! : version1)) return;
            var seen = CgroupFiles.Read(pid, controller, version1, version2 ?? "");
            // Limits of memory are kept in whole pages.
            if (controller == "memory" && long.TryParse(value.ToString(), out var bytes)) Assert.Equal(bytes / 4096 * 4096 == 0 ? bytes : bytes / 4096 * 4096, long.Parse(seen, CultureInfo.InvariantCulture));
            else Assert.Equal(value.ToString(), seen);
        }
    }
}
