namespace Anocir.Runtime.Tests.BadInput;

/// <summary>
/// A value of config.json that cannot be, and what the error names. Cases that runc 1.1 accepts, or refuses later, are not fair to it.
/// </summary>
public sealed class BadConfigCases : TheoryData<string, string?, string, bool>
{
    public BadConfigCases()
    {
        // Wrong types.
        Add("process", "[]", "process", true);
        Add("process.args", "\"sh\"", "process.args", true);
        Add("process.args.0", "7", "process.args", true);
        Add("process.env", "{}", "process.env", true);
        Add("process.user.uid", "\"root\"", "process.user.uid", true);
        Add("process.user.uid", "-1", "process.user.uid", true);
        Add("process.terminal", "\"yes\"", "process.terminal", true);
        Add("process.capabilities", "[\"CAP_KILL\"]", "process.capabilities", true);
        Add("root", "\"rootfs\"", "root", true);
        Add("root.readonly", "1", "root.readonly", true);
        Add("hostname", "12", "hostname", true);
        Add("mounts", "{}", "mounts", true);
        Add("mounts.0.options", "\"ro\"", "mounts", true);
        Add("hooks", "[]", "hooks", true);
        Add("hooks.prestart", "{}", "hooks.prestart", true);
        Add("annotations", "[]", "annotations", true);
        Add("annotations", """{"a":1}""", "annotations", true);
        Add("linux", "\"\"", "linux", true);
        Add("linux.namespaces", "{}", "linux.namespaces", true);
        Add("linux.uidMappings", """[{"containerID":"0"}]""", "linux.uidMappings", true);
        Add("linux.resources.memory.limit", "\"64m\"", "linux.resources.memory.limit", true);
        Add("linux.resources.pids.limit", "1.5", "linux.resources.pids.limit", true);
        Add("linux.maskedPaths", "\"/proc/kcore\"", "linux.maskedPaths", true);
        Add("linux.sysctl", """{"net.ipv4.ip_forward":1}""", "linux.sysctl", true);
        Add("linux.devices", "{}", "linux.devices", true);

        // Right types that make no sense.
        Add("ociVersion", "\"\"", "ociVersion", false);
        Add("ociVersion", "\"2.0.0\"", "2.0.0", false);
        Add("ociVersion", "\"one\"", "one", false);
        Add("root", null, "root", false);
        Add("root.path", "\"\"", "root.path", false);
        Add("root.path", "\"nowhere\"", "nowhere", true);
        Add("root.path", "\"config.json\"", "config.json", true);
        Add("process.args", "[]", "args", true);
        Add("process.args", "[\"\"]", "exec: \"\": ", false);
        Add("process.cwd", "\"relative\"", "cwd", true);
        Add("process.cwd", "\"\"", "cwd", true);
        Add("process.cwd", "\"/bin/sh\"", "/bin/sh", true);
        Add("process.rlimits", """[{"type":"RLIMIT_NOPE","soft":1,"hard":1}]""", "RLIMIT_NOPE", true);
        Add("process.rlimits", """[{"type":"RLIMIT_NOFILE","soft":9,"hard":9},{"type":"RLIMIT_NOFILE","soft":8,"hard":8}]""", "RLIMIT_NOFILE", false);
        Add("process.rlimits", """[{"type":"RLIMIT_NOFILE","soft":9,"hard":8}]""", "process.rlimits", false);
        Add("process.oomScoreAdj", "1001", "oomScoreAdj", false);
        Add("process.ioPriority", """{"class":"IOPRIO_CLASS_NOPE","priority":1}""", "IOPRIO_CLASS_NOPE", false);
        Add("process.scheduler", """{"policy":"SCHED_NOPE"}""", "SCHED_NOPE", false);
        Add("linux.namespaces", """[{"type":"mount"},{"type":"nope"}]""", "nope", true);
        Add("linux.namespaces", """[{"type":"mount"},{"type":"mount"}]""", "mount", true);
        Add("linux.namespaces", """[{"type":"mount"},{"type":"uts"},{"type":"pid","path":"/nowhere/pid"}]""", "/nowhere/pid", true);
        Add("linux.namespaces", """[{"type":"mount"},{"type":"uts"},{"type":"network","path":"relative/net"}]""", "relative/net", false);
        Add("linux.namespaces", """[{"type":"mount"},{"type":"uts"},{"type":"ipc","path":"/etc/passwd"}]""", "/etc/passwd", false);
        Add("linux.namespaces", """[{"type":"mount"},{"type":"uts"},{"type":"ipc","path":"/proc/self/ns/uts"}]""", "ipc", false);
        Add("linux.namespaces", """[{"type":"pid"},{"type":"mount"}]""", "hostname", false);
        Add("linux.uidMappings", """[{"containerID":0,"hostID":0,"size":1}]""", "user namespace", false);
        Add("linux.maskedPaths", "[\"relative\"]", "relative", false);
        Add("linux.readonlyPaths", "[\"relative\"]", "relative", false);
        Add("linux.rootfsPropagation", "\"nope\"", "nope", false);
        Add("linux.sysctl", """{"kernel.panic":"1"}""", "kernel.panic", true);
        Add("linux.sysctl", """{"net.ipv4.nope_nope":"1"}""", "nope_nope", true);
        Add("linux.sysctl", """{"kernel.msgmax":"many"}""", "msgmax", false);
        Add("linux.devices", """[{"path":"/dev/x","type":"z","major":1,"minor":3}]""", "linux.devices", false);
        Add("linux.devices", """[{"path":"relative","type":"c","major":1,"minor":3}]""", "relative", false);
        Add("linux.seccomp", """{"defaultAction":"SCMP_ACT_NOPE"}""", "SCMP_ACT_NOPE", true);
        Add("linux.seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_NOPE"]}""", "SCMP_ARCH_NOPE", true);
        Add("linux.seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","args":[{"index":9,"value":1,"op":"SCMP_CMP_EQ"}]}]}""", "index", false);
        Add("linux.personality", """{"domain":"NOPE"}""", "NOPE", false);
        Add("linux.resources.memory", """{"limit":10000000,"swap":5000000}""", "swap", false);
        Add("linux.resources.cpu.cpus", "\"999\"", "cpuset", false);
        Add("linux.resources.unified", """{"../memory.max":"1"}""", "../memory.max", false);
        Add("linux.cgroupsPath", "\"/\"", "cgroup", false);
        Add("mounts.4", """{"destination":"/x","type":"nofstype","source":"none"}""", "/x", true);
        Add("mounts.4", """{"destination":"/x","type":"bind","source":"/nowhere/at/all","options":["bind"]}""", "/nowhere/at/all", true);
        Add("mounts.4", """{"destination":"/x","type":"tmpfs","source":"tmpfs","options":["size=lots"]}""", "/x", true);
        Add("mounts.4", """{"destination":"/etc/passwd/x","type":"tmpfs","source":"tmpfs"}""", "/etc/passwd/x", true);
        Add("mounts.4", """{"destination":"","type":"tmpfs","source":"tmpfs"}""", "destination", false);
        Add("hooks.poststart", """[{"path":"relative"}]""", "relative", false);
        Add("hooks.createRuntime", """[{"path":"/bin/true","timeout":0}]""", "timeout", false);
        Add("hooks.createRuntime", """[{"path":"/bin/true","timeout":-1}]""", "timeout", false);
        Add("annotations", """{"":"x"}""", "annotations", false);
        Add("hostname", $"\"{new string('x', 65)}\"", "hostname", true);
    }
}
