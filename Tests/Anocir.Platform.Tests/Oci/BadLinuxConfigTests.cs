using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Oci;

/// <summary>Everything the <c>linux</c> object can get wrong.</summary>
public sealed class BadLinuxConfigTests
{
    [Theory]
    [InlineData("linux.namespaces[0].type", null, "linux.namespaces[0].type: must be specified")]
    [InlineData("linux.namespaces[0].type", "\"PID\"", "linux.namespaces[0].type: namespace \"PID\" does not exist")]
    [InlineData("linux.namespaces[0].type", "\"ipc\"", "linux.namespaces[2]: malformed spec file: duplicated ns \"ipc\"")]
    [InlineData("linux.namespaces[1].path", "\"netns/x\"", "linux.namespaces[1].path: must be an absolute path")]
    [InlineData("linux.namespaces[1].path", "\"/run\\u0000\"", "linux.namespaces[1].path: contains a null byte")]
    [InlineData("linux.namespaces[3]", "null", "linux.namespaces[3]: must not be null")]
    [InlineData("linux.namespaces", "[]", "hostname: unable to set hostname without a private UTS namespace")]
    [InlineData("linux", null, "hostname: unable to set hostname without a private UTS namespace")]
    [InlineData("linux.namespaces", "[{\"type\":\"uts\"}]", "linux.uidMappings: user namespace mappings specified, but user namespace isn't enabled in the config")]
    [InlineData("linux.namespaces", "[{\"type\":\"uts\"},{\"type\":\"user\"}]", "linux.timeOffsets: time namespace offsets specified, but time namespace isn't enabled in the config")]
    [InlineData("linux.namespaces", "[{\"type\":\"uts\"},{\"type\":\"user\"},{\"type\":\"time\"}]", "linux.netDevices: unable to move network devices without a NET namespace")]
    [InlineData("linux.namespaces[7].path", "\"/run/time\"", "time namespace enabled, but both namespace path and time offsets specified")]
    [InlineData("linux.timeOffsets.monotonic.nanosecs", "1000000000", "linux.timeOffsets.monotonic.nanosecs: must be below 1000000000")]
    [InlineData("linux.timeOffsets.realtime", "{}", "linux.timeOffsets: unknown clock \"realtime\"")]
    [InlineData("linux.timeOffsets.boottime", "null", "linux.timeOffsets.boottime: must not be null")]
    [InlineData("hostname", "\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg\"", "hostname: longer than 64 bytes")]
    [InlineData("domainname", "\"a\\u0000\"", "domainname: contains a null byte")]
    [InlineData("linux.uidMappings", "[]", "linux.uidMappings: user namespaces enabled, but no uid mappings found")]
    [InlineData("linux.gidMappings", null, "linux.gidMappings: user namespaces enabled, but no gid mappings found")]
    [InlineData("linux.uidMappings[0].size", "0", "linux.uidMappings[0].size: must be greater than zero")]
    [InlineData("linux.uidMappings[0].hostID", "4294967290", "linux.uidMappings[0]: hostID plus size goes beyond the last id")]
    [InlineData("linux.gidMappings[0].containerID", "4294967290", "linux.gidMappings[0]: containerID plus size goes beyond the last id")]
    [InlineData("linux.uidMappings[1]", "{\"containerID\":65535,\"hostID\":1,\"size\":1}", "linux.uidMappings[1]: container ids overlap those of linux.uidMappings[0]")]
    [InlineData("linux.gidMappings[1]", "{\"containerID\":70000,\"hostID\":100000,\"size\":1}", "linux.gidMappings[1]: host ids overlap those of linux.gidMappings[0]")]
    [InlineData("linux.uidMappings[0].containerID", "1", "linux.uidMappings: user namespaces enabled, but no mapping found for uid 0")]
    [InlineData("linux.uidMappings[0]", "null", "linux.uidMappings[0]: must not be null")]
    [InlineData("linux.netDevices", "{\"a b\":{}}", "linux.netDevices: invalid network device name \"a b\"")]
    [InlineData("linux.netDevices.eth1.name", "\"much-too-long-name\"", "linux.netDevices.eth1.name: invalid network device name")]
    [InlineData("linux.netDevices.eth1.name", "\"eth2\"", "two devices would be named \"eth2\"")]
    [InlineData("linux.sysctl", "{\"kernel.core_pattern\":\"x\"}", "linux.sysctl: sysctl \"kernel.core_pattern\" is not in a separate kernel namespace")]
    [InlineData("linux.sysctl", "{\"kernel.hostname\":\"x\"}", "sysctl \"kernel.hostname\" is not allowed as it conflicts with the OCI \"hostname\" field")]
    [InlineData("linux.sysctl", "{\"net/../kernel/core_pattern\":\"x\"}", "is not the name of a sysctl")]
    [InlineData("linux.sysctl", "{\"net.//.kernel.core_pattern\":\"x\"}", "is not the name of a sysctl")]
    [InlineData("linux.sysctl", "{\"\":\"x\"}", "is not the name of a sysctl")]
    [InlineData("linux.sysctl", "{\"net.core.somaxconn\":\"\\u0000\"}", "contains a null byte")]
    [InlineData("linux.sysctl", "{\"net.core.somaxconn\":null}", "must have a string as its value")]
    [InlineData("linux.devices[0].type", "\"x\"", "linux.devices[0].type: invalid device type \"x\"")]
    [InlineData("linux.devices[0].type", null, "linux.devices[0].type: invalid device type \"\"")]
    [InlineData("linux.devices[0].path", "\"dev/fuse\"", "linux.devices[0].path: must be an absolute path")]
    [InlineData("linux.devices[0].path", null, "linux.devices[0].path: must not be empty")]
    [InlineData("linux.devices[0].major", "-1", "linux.devices[0].major: must be from 0 to 4095, not -1")]
    [InlineData("linux.devices[0].minor", "1048576", "linux.devices[0].minor: must be from 0 to 1048575")]
    [InlineData("linux.devices[0].fileMode", "70000", "linux.devices[0].fileMode: 70000 is not a file mode")]
    [InlineData("linux.devices[1].path", "\"/dev/./fuse\"", "linux.devices[1].path: another device is to be made at \"/dev/fuse\"")]
    [InlineData("linux.rootfsPropagation", "\"rbind\"", "linux.rootfsPropagation: rootfsPropagation=\"rbind\" is not supported")]
    [InlineData("linux.maskedPaths[0]", "\"proc/kcore\"", "linux.maskedPaths[0]: must be an absolute path")]
    [InlineData("linux.maskedPaths[0]", "null", "linux.maskedPaths[0]: must not be empty")]
    [InlineData("linux.readonlyPaths[0]", "\"\"", "linux.readonlyPaths[0]: must not be empty")]
    [InlineData("linux.readonlyPaths[0]", "\"/a\\u0000\"", "linux.readonlyPaths[0]: contains a null byte")]
    [InlineData("linux.namespaces[4]", "{\"type\":\"cgroup\"}", "duplicated ns \"cgroup\"")]
    [InlineData("linux.mountLabel", "\"\\u0000\"", "linux.mountLabel: contains a null byte")]
    [InlineData("linux.cgroupsPath", "\"/a\\u0000\"", "linux.cgroupsPath: contains a null byte")]
    [InlineData("linux.intelRdt.closID", "\"..\"", "linux.intelRdt.closID: invalid intelRdt.ClosID \"..\"")]
    [InlineData("linux.intelRdt.closID", "\"a/b\"", "invalid intelRdt.ClosID \"a/b\"")]
    [InlineData("linux.intelRdt.memBwSchema", "\"0=20\"", "linux.intelRdt.memBwSchema: must be one line that starts with MB:")]
    [InlineData("linux.intelRdt.memBwSchema", "\"MB:0=20\\nL3:0=f\"", "linux.intelRdt.memBwSchema: must be one line")]
    [InlineData("linux.intelRdt.schemata[0]", "\"a\\nb\"", "linux.intelRdt.schemata[0]: must be one line")]
    [InlineData("linux.memoryPolicy.mode", "\"MPOL_MAX\"", "linux.memoryPolicy.mode: invalid memory policy mode \"MPOL_MAX\"")]
    [InlineData("linux.memoryPolicy.mode", "\"MPOL_LOCAL\"", "linux.memoryPolicy.nodes: memory policy mode requires 0 nodes")]
    [InlineData("linux.memoryPolicy.nodes", "\"\"", "linux.memoryPolicy.nodes: memory policy mode requires at least one node but got 0")]
    [InlineData("linux.memoryPolicy.nodes", "\"a\"", "linux.memoryPolicy.nodes: invalid memory policy nodes \"a\"")]
    [InlineData("linux.memoryPolicy.flags[0]", "\"MPOL_F_X\"", "linux.memoryPolicy.flags[0]: invalid memory policy flag \"MPOL_F_X\"")]
    [InlineData("linux.personality.domain", "\"BSD\"", "linux.personality.domain: invalid personality domain \"BSD\"")]
    public void Linux_thatMakesNoSense_isRefusedWithTheField(string path, string? json, string expected) =>
        BadConfigTests.AssertSpoiled(path, json, expected);

    [Theory]
    [InlineData("devices[0].access", "\"\"", "devices[0].access: device access at 0 field cannot be empty")]
    [InlineData("devices[0].access", "\"rwx\"", "devices[0].access: \"rwx\" is not made of r, w and m")]
    [InlineData("devices[1].type", "\"u\"", "devices[1].type: invalid cgroup device type \"u\"")]
    [InlineData("devices[1].major", "-2", "devices[1].major: -2 is not a device number")]
    [InlineData("devices[1]", "null", "devices[1]: must not be null")]
    [InlineData("memory.limit", "-2", "memory.limit: must be -1 (unlimited) or a number of bytes, not -2")]
    [InlineData("memory.limit", null, "memory.swap: unable to set swap limit without memory limit")]
    [InlineData("memory.limit", "-1", "memory.swap: unable to set swap limit without memory limit")]
    [InlineData("memory.swap", "999999", "memory.swap: memory+swap limit should be >= memory limit")]
    [InlineData("memory.swappiness", "101", "memory.swappiness: invalid memory swappiness value: 101 (valid range is 0-100)")]
    [InlineData("cpu.burst", "60000", "cpu.burst: 60000 is above the quota of 50000")]
    [InlineData("cpu.period", "999", "cpu.period: must be from 1000 to 1000000 microseconds, not 999")]
    [InlineData("cpu.quota", "500", "cpu.quota: must be at least 1000 microseconds, not 500")]
    [InlineData("cpu.quota", "-2", "cpu.quota: must be -1 (unlimited)")]
    [InlineData("cpu.realtimeRuntime", "1000001", "cpu.realtimeRuntime: 1000001 is above the period of 1000000")]
    [InlineData("cpu.cpus", "\"0-\"", "cpu.cpus: \"0-\" is not a list of CPUs")]
    [InlineData("cpu.mems", "\"all\"", "cpu.mems: \"all\" is not a list of memory nodes")]
    [InlineData("cpu.idle", "2", "cpu.idle: must be 0 or 1, not 2")]
    [InlineData("blockIO.weight", "9", "blockIO.weight: must be from 10 to 1000, not 9")]
    [InlineData("blockIO.leafWeight", "1001", "blockIO.leafWeight: must be from 10 to 1000, not 1001")]
    [InlineData("blockIO.weightDevice[0].weight", null, "blockIO.weightDevice[0]: must have weight or leafWeight")]
    [InlineData("blockIO.weightDevice[0].major", "-1", "blockIO.weightDevice[0].major: -1 is not a device number")]
    [InlineData("blockIO.throttleReadBpsDevice[0].minor", "-1", "blockIO.throttleReadBpsDevice[0].minor: -1 is not a device number")]
    [InlineData("hugepageLimits[0].pageSize", "\"64kB\"", "hugepageLimits[0].pageSize: \"64kB\" is not a page size")]
    [InlineData("hugepageLimits[0].pageSize", null, "hugepageLimits[0].pageSize: \"\" is not a page size")]
    [InlineData("hugepageLimits[0].pageSize", "\"02MB\"", "\"02MB\" is not a page size")]
    [InlineData("network.priorities[0].name", "\"\"", "network.priorities[0].name: invalid network device name")]
    [InlineData("rdma.mlx5_1", "{}", "rdma.mlx5_1: must have hcaHandles or hcaObjects")]
    [InlineData("unified", "{\"../memory.max\":\"1\"}", "unified resource \"../memory.max\" must be a file name (no slashes)")]
    [InlineData("unified", "{\"memory\":\"1\"}", "unified resource \"memory\" must be in the form CONTROLLER.PARAMETER")]
    [InlineData("unified", "{\"memory.max\":null}", "unified[\"memory.max\"]: must be a string, not null")]
    public void Resources_thatMakeNoSense_areRefusedWithTheField(string path, string? json, string expected) =>
        BadConfigTests.AssertSpoiled("linux.resources." + path, json, expected);

    [Theory]
    [InlineData("defaultAction", null, "defaultAction: must be specified")]
    [InlineData("defaultAction", "\"SCMP_ACT_DENY\"", "defaultAction: string \"SCMP_ACT_DENY\" is not a valid action for seccomp")]
    [InlineData("defaultAction", "\"SCMP_ACT_KILL\"", "defaultErrnoRet: action SCMP_ACT_KILL does not return an errno")]
    [InlineData("defaultErrnoRet", "65536", "defaultErrnoRet: must be at most 65535")]
    [InlineData("architectures[0]", "\"amd64\"", "architectures[0]: string \"amd64\" is not a valid arch for seccomp")]
    [InlineData("flags[0]", "\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"", "flags[0]: string \"SECCOMP_FILTER_FLAG_NEW_LISTENER\" is not a known seccomp flag")]
    [InlineData("listenerPath", null, "listenerMetadata: must not be set without listenerPath")]
    [InlineData("syscalls[0].names", "[]", "syscalls[0].names: must hold at least one name")]
    [InlineData("syscalls[0].names", null, "syscalls[0].names: must hold at least one name")]
    [InlineData("syscalls[0].names[1]", "\"\"", "syscalls[0].names[1]: must not be empty")]
    [InlineData("syscalls[0].names[1]", "null", "syscalls[0].names[1]: must not be empty")]
    [InlineData("syscalls[0].action", null, "syscalls[0].action: must be specified")]
    [InlineData("syscalls[0].action", "\"ALLOW\"", "syscalls[0].action: string \"ALLOW\" is not a valid action for seccomp")]
    [InlineData("syscalls[0].errnoRet", "1", "syscalls[0].errnoRet: action SCMP_ACT_ALLOW does not return an errno")]
    [InlineData("syscalls[2].names[0]", "\"write\"", "syscalls[2].names: SCMP_ACT_NOTIFY cannot be used for the write syscall")]
    [InlineData("syscalls[1].args[0].index", "6", "syscalls[1].args[0].index: must be from 0 to 5, not 6")]
    [InlineData("syscalls[1].args[0].op", "\"EQ\"", "syscalls[1].args[0].op: string \"EQ\" is not a valid operator for seccomp")]
    [InlineData("syscalls[1].args[0].op", null, "syscalls[1].args[0].op: string \"\" is not a valid operator for seccomp")]
    public void Seccomp_thatMakesNoSense_isRefusedWithTheField(string path, string? json, string expected) =>
        BadConfigTests.AssertSpoiled("linux.seccomp." + path, json, "config.json: linux.seccomp." + expected);

    [Theory]
    [InlineData("{\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/s\"}", "SCMP_ACT_NOTIFY cannot be used as default action")]
    [InlineData("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}", "linux.seccomp.listenerPath: must be specified where SCMP_ACT_NOTIFY is used")]
    [InlineData("{\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ALLOW\"}]}", "linux.seccomp.defaultAction: must be specified")]
    public void Seccomp_whosePartsDoNotFit_isRefused(string json, string expected) =>
        BadConfigTests.AssertSpoiled("linux.seccomp", json, expected);

    [Fact]
    public void SocketPath_longerThanAnAddress_isRefused() =>
        BadConfigTests.AssertSpoiled("linux.seccomp.listenerPath", $"\"/{new string('s', 107)}\"", "linux.seccomp.listenerPath: longer than the 107 bytes");

    [Fact]
    public void Mappings_moreThanTheKernelTakes_areRefused()
    {
        var mappings = string.Join(',', Enumerable.Range(0, 341).Select(i => $"{{\"containerID\":{i},\"hostID\":{1000 + i},\"size\":1}}"));
        BadConfigTests.AssertSpoiled("linux.uidMappings", $"[{mappings}]", "linux.uidMappings: more than 340 mappings");
    }

    [Fact]
    public void HiddenPaths_withoutAMountNamespace_areRefused() =>
        BadConfigTests.AssertSpoiled("linux", "{\"namespaces\":[{\"type\":\"uts\"},{\"type\":\"user\",\"path\":\"/u\"}],\"readonlyPaths\":[\"/proc/sys\"]}",
            "linux.readonlyPaths: unable to restrict sys entries without a private MNT namespace");

    [Theory]
    [InlineData("kernel.shmmax", "sysctl \"kernel.shmmax\" is not allowed in the hosts ipc namespace")]
    [InlineData("fs/mqueue/msg_max", "sysctl \"fs.mqueue.msg_max\" is not allowed in the hosts ipc namespace")]
    [InlineData("net.ipv4.ip_forward", "sysctl \"net.ipv4.ip_forward\" not allowed in host network namespace")]
    [InlineData("user.max_user_namespaces", "setting ucounts without a user namespace not allowed")]
    [InlineData("kernel.domainname", "sysctl \"kernel.domainname\" is not in a separate kernel namespace")]
    public void Sysctl_whoseNamespaceIsTheHosts_isRefused(string name, string expected)
    {
        var spec = new Spec
        {
            OciVersion = "1.0.0",
            Root = new Root { Path = "rootfs" },
            Linux = new Linux { Sysctl = new Dictionary<string, string> { [name] = "1" } },
        };
        var e = Assert.Throws<ContainerException>(() => SpecValidator.Validate(spec, ValidationOptions.Default));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }
}
