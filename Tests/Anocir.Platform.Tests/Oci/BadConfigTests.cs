using System.Text;
using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Oci;

/// <summary>Everything config.json can get wrong: what is said names the field and the reason.</summary>
public sealed class BadConfigTests
{
    [Fact]
    public void FullConfig_as_it_is_isAcceptedWithoutAWarning()
    {
        Assert.Empty(SpecValidator.Validate(SpecReader.Parse(TestData.Bytes(TestData.GoodConfig())), ValidationOptions.Default));
    }

    [Theory]
    [InlineData("", "config.json: is empty")]
    [InlineData(" \n\t", "config.json: is empty")]
    [InlineData("\uFEFF{}", "config.json: starts with a byte order mark")]
    [InlineData("{]", "line 1, column 2: unexpected ']'")]
    [InlineData("{\"ociVersion\": \"1.0.0\"", "it ends too early")]
    [InlineData("{\n  \"ociVersion\": tru\n}", "line 2, column")]
    [InlineData("{\n\"a\": 1,\n}", "line 3, column 1: unexpected '}'")]
    [InlineData("{} {}", "line 1, column 4: unexpected '{'")]
    [InlineData("// comment\n{}", "line 1, column 1: unexpected '/'")]
    [InlineData("{\"hostname\": \"a\u0001\"}", "line 1, column 16: unexpected byte 0x01")]
    [InlineData("not json", "line 1, column")]
    [InlineData("null", "config.json: must be an object, not null")]
    [InlineData("[]", "config.json: must be an object, not an array")]
    [InlineData("\"text\"", "config.json: must be an object, not the string \"text\"")]
    [InlineData("42", "config.json: must be an object, not the number 42")]
    [InlineData("{\"root\": {\"path\": \"a\", \"path\": \"b\"}}", "config.json: root.path: occurs twice")]
    [InlineData("{\"annotations\": {\"a.b\": \"\", \"a.b\": \"\"}}", "config.json: annotations[\"a.b\"]: occurs twice")]
    [InlineData("{\"hostname\": \"a\", \"\\u0068ostname\": \"b\"}", "config.json: hostname: occurs twice")]
    [InlineData("{\"hostname\": \"\\ud800\"}", "config.json: hostname: must be valid text, not half of a surrogate pair")]
    public void Text_thatIsNoConfig_isRefusedWithThePlace(string json, string expected) =>
        AssertRefused(Encoding.UTF8.GetBytes(json), expected);

    [Theory]
    [InlineData("ociVersion", "1", "config.json: ociVersion: must be a string, not the number 1")]
    [InlineData("hostname", "{}", "config.json: hostname: must be a string, not an object")]
    [InlineData("root", "\"rootfs\"", "config.json: root: must be an object, not the string \"rootfs\"")]
    [InlineData("root.readonly", "\"yes\"", "config.json: root.readonly: must be true or false, not the string \"yes\"")]
    [InlineData("root.readonly", "null", "config.json: root.readonly: must be true or false, not null")]
    [InlineData("process.args", "\"sh\"", "config.json: process.args: must be an array, not the string \"sh\"")]
    [InlineData("process.args[1]", "7", "config.json: process.args[1]: must be a string, not the number 7")]
    [InlineData("process.user.uid", "-1", "config.json: process.user.uid: must be a whole number from 0 to 4294967295, not the number -1")]
    [InlineData("process.user.uid", "4294967296", "config.json: process.user.uid: must be a whole number from 0 to 4294967295")]
    [InlineData("process.user.uid", "1.5", "config.json: process.user.uid: must be a whole number")]
    [InlineData("process.user.uid", "\"0\"", "config.json: process.user.uid: must be a whole number from 0 to 4294967295, not the string \"0\"")]
    [InlineData("process.user.additionalGids", "[\"a\"]", "config.json: process.user.additionalGids[0]: must be a whole number")]
    [InlineData("process.terminal", "1", "config.json: process.terminal: must be true or false, not the number 1")]
    [InlineData("process.rlimits[0].soft", "-1", "config.json: process.rlimits[0].soft: must be a whole number from 0 to 18446744073709551615")]
    [InlineData("process.oomScoreAdj", "true", "config.json: process.oomScoreAdj: must be a whole number from -2147483648 to 2147483647, not true")]
    [InlineData("mounts", "{}", "config.json: mounts: must be an array, not an object")]
    [InlineData("mounts[0]", "[]", "config.json: mounts[0]: must be an object, not an array")]
    [InlineData("mounts[1].options", "\"ro\"", "config.json: mounts[1].options: must be an array, not the string \"ro\"")]
    [InlineData("annotations", "[]", "config.json: annotations: must be an object, not an array")]
    [InlineData("annotations", "{\"a/b c\": 1}", "config.json: annotations[\"a/b c\"]: must be a string, not the number 1")]
    [InlineData("hooks.prestart[0].timeout", "\"5s\"", "config.json: hooks.prestart[0].timeout: must be a whole number")]
    [InlineData("linux.resources.memory.limit", "\"64m\"", "config.json: linux.resources.memory.limit: must be a whole number from -9223372036854775808 to 9223372036854775807, not the string \"64m\"")]
    [InlineData("linux.resources.memory.limit", "1e30", "config.json: linux.resources.memory.limit: must be a whole number")]
    [InlineData("linux.resources.blockIO.weight", "70000", "config.json: linux.resources.blockIO.weight: must be a whole number from 0 to 65535")]
    [InlineData("linux.resources.rdma.mlx5_1.hcaHandles", "\"x\"", "config.json: linux.resources.rdma.mlx5_1.hcaHandles: must be a whole number")]
    [InlineData("linux.netDevices.eth1.name", "23", "config.json: linux.netDevices.eth1.name: must be a string, not the number 23")]
    [InlineData("linux.namespaces[0].type", "false", "config.json: linux.namespaces[0].type: must be a string, not false")]
    [InlineData("linux.timeOffsets.monotonic.nanosecs", "-5", "config.json: linux.timeOffsets.monotonic.nanosecs: must be a whole number from 0")]
    public void Field_ofTheWrongType_isNamedWithWhatWasExpectedAndFound(string path, string json, string expected) =>
        AssertSpoiled(path, json, expected);

    [Theory]
    [InlineData("ociVersion", null, "config.json: ociVersion: must be specified")]
    [InlineData("ociVersion", "\"1.0\"", "ociVersion: \"1.0\" is not a semantic version")]
    [InlineData("ociVersion", "\"1.0.01\"", "is not a semantic version")]
    [InlineData("ociVersion", "\"1.0.0-\"", "is not a semantic version")]
    [InlineData("ociVersion", "\"latest\"", "is not a semantic version")]
    [InlineData("ociVersion", "\"2.0.0\"", "ociVersion: \"2.0.0\" is not supported")]
    [InlineData("ociVersion", "\"0.5.0-dev\"", "ociVersion: \"0.5.0-dev\" is not supported")]
    [InlineData("root", null, "config.json: root: root must be specified")]
    [InlineData("root", "null", "root must be specified")]
    [InlineData("root.path", null, "root.path: must not be empty")]
    [InlineData("root.path", "\"\"", "root.path: must not be empty")]
    [InlineData("root.path", "\"a\\u0000b\"", "root.path: contains a null byte")]
    [InlineData("process.args", null, "process.args: args must not be empty")]
    [InlineData("process.args", "[]", "process.args: args must not be empty")]
    [InlineData("process.args", "[null]", "process.args[0]: must not be null")]
    [InlineData("process.args", "[\"sh\", \"a\\u0000\"]", "process.args[1]: contains a null byte")]
    [InlineData("process.cwd", null, "process.cwd: Cwd property must not be empty")]
    [InlineData("process.cwd", "\"\"", "Cwd property must not be empty")]
    [InlineData("process.cwd", "\"work\"", "process.cwd: Cwd must be an absolute path")]
    [InlineData("process.cwd", "\"/w\\u0000\"", "process.cwd: contains a null byte")]
    [InlineData("process.env[1]", "\"NAME\"", "process.env[1]: invalid environment variable: missing '='")]
    [InlineData("process.env[1]", "\"=value\"", "process.env[1]: invalid environment variable: name cannot be empty")]
    [InlineData("process.env[1]", "\"A=\\u0000\"", "process.env[1]: invalid environment variable \"A\": contains nul byte (\\x00)")]
    [InlineData("process.env[1]", "null", "process.env[1]: must not be null")]
    [InlineData("process.consoleSize.width", "65536", "process.consoleSize.width: must be at most 65535")]
    [InlineData("process.consoleSize.height", "100000", "process.consoleSize.height: must be at most 65535")]
    [InlineData("process.user.uid", "4294967295", "process.user.uid: 4294967295 is not a user id")]
    [InlineData("process.user.gid", "4294967295", "process.user.gid: 4294967295 is not a group id")]
    [InlineData("process.user.additionalGids[1]", "4294967295", "process.user.additionalGids[1]: 4294967295 is not a group id")]
    [InlineData("process.user.umask", "512", "process.user.umask: must be at most 511")]
    [InlineData("process.user.uid", "70000", "process.user.uid: cannot setuid to unmapped uid 70000 in user namespace")]
    [InlineData("process.user.gid", "70000", "process.user.gid: cannot setgid to unmapped gid 70000 in user namespace")]
    [InlineData("process.capabilities.bounding[0]", "null", "process.capabilities.bounding[0]: must not be null")]
    [InlineData("process.rlimits[0].type", "\"RLIMIT_FILES\"", "process.rlimits[0].type: wrong rlimit value: \"RLIMIT_FILES\"")]
    [InlineData("process.rlimits[0].type", null, "process.rlimits[0].type: must be specified")]
    [InlineData("process.rlimits[1].type", "\"RLIMIT_NOFILE\"", "process.rlimits[1].type: duplicated rlimit RLIMIT_NOFILE")]
    [InlineData("process.rlimits[0].soft", "2000", "process.rlimits[0].soft: 2000 is above the hard limit of 1024")]
    [InlineData("process.apparmorProfile", "\"\\u0000\"", "process.apparmorProfile: contains a null byte")]
    [InlineData("process.selinuxLabel", "\"\\u0000\"", "process.selinuxLabel: contains a null byte")]
    [InlineData("process.oomScoreAdj", "1001", "process.oomScoreAdj: must be from -1000 to 1000, not 1001")]
    [InlineData("process.scheduler.policy", null, "process.scheduler.policy: scheduler policy is required")]
    [InlineData("process.scheduler.policy", "\"SCHED_FAST\"", "process.scheduler.policy: invalid scheduler policy \"SCHED_FAST\"")]
    [InlineData("process.scheduler.nice", "20", "invalid scheduler.nice: 20 when scheduler.policy is SCHED_OTHER")]
    [InlineData("process.scheduler.priority", "5", "scheduler.priority can only be specified for SchedFIFO or SchedRR policy")]
    [InlineData("process.scheduler.policy", "\"SCHED_RR\"", "process.scheduler.priority: must be from 1 to 99 with SCHED_RR, not 0")]
    [InlineData("process.scheduler.runtime", "5000", "scheduler runtime/deadline/period can only be specified for SchedDeadline policy")]
    [InlineData("process.scheduler", "{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1}", "process.scheduler.runtime: must be at least 1024 ns")]
    [InlineData("process.scheduler", "{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5000,\"deadline\":4000}", "process.scheduler.deadline: must not be shorter than the runtime")]
    [InlineData("process.scheduler", "{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5000,\"deadline\":6000,\"period\":5500}", "process.scheduler.period: must not be shorter than the deadline")]
    [InlineData("process.scheduler.flags[0]", "\"SCHED_FLAG_X\"", "process.scheduler.flags[0]: invalid scheduler flag \"SCHED_FLAG_X\"")]
    [InlineData("process.ioPriority.priority", "8", "process.ioPriority.priority: invalid ioPriority.Priority: 8")]
    [InlineData("process.ioPriority.class", "\"IOPRIO_CLASS_NONE\"", "process.ioPriority.class: invalid ioPriority.Class: \"IOPRIO_CLASS_NONE\"")]
    [InlineData("process.execCPUAffinity.initial", "\"3-1\"", "process.execCPUAffinity.initial: bad CPUAffinity.Initial")]
    [InlineData("process.execCPUAffinity.final", "\"x\"", "process.execCPUAffinity.final: bad CPUAffinity.Final")]
    public void VersionRootOrProcess_thatMakesNoSense_isRefusedWithTheField(string path, string? json, string expected) =>
        AssertSpoiled(path, json, expected);

    [Theory]
    [InlineData("mounts[0]", "null", "mounts[0]: must not be null")]
    [InlineData("mounts[0].destination", null, "mounts[0].destination: must not be empty")]
    [InlineData("mounts[1].destination", "\"/a\\u0000\"", "mounts[1].destination: mount field contains null byte")]
    [InlineData("mounts[1].source", "\"\\u0000\"", "mounts[1].source: mount field contains null byte")]
    [InlineData("mounts[1].type", "\"\\u0000\"", "mounts[1].type: mount field contains null byte")]
    [InlineData("mounts[1].type", null, "mounts[1].type: must be specified")]
    [InlineData("mounts[1].options[1]", "null", "mounts[1].options[1]: must not be null")]
    [InlineData("mounts[1].options[1]", "\"a\\u0000\"", "mounts[1].options[1]: contains a null byte")]
    [InlineData("mounts[2].options[1]", "\"size=10k\"", "mounts[2].options: bind mounts cannot have any filesystem-specific options applied")]
    [InlineData("mounts[2].source", null, "mounts[2].source: a bind mount needs a source")]
    [InlineData("mounts[1].options[0]", "\"idmap\"", "mounts[1]: id-mapped mounts are only supported for bind-mounts")]
    [InlineData("mounts[3].gidMappings", null, "mounts[3].gidMappings: id-mapped mounts must have both uid and gid mappings specified")]
    [InlineData("mounts[3].uidMappings", null, "mounts[3].uidMappings: id-mapped mounts must have both uid and gid mappings specified")]
    [InlineData("mounts[3].uidMappings[0].size", "0", "mounts[3].uidMappings[0].size: must be greater than zero")]
    [InlineData("mounts[0].type", "\"tmpfs\"", "\"/proc\" cannot be mounted because it is not of type proc")]
    [InlineData("mounts[1].destination", "\"//proc/./\"", "mounts[1]: \"/proc\" cannot be mounted because it is not of type proc")]
    [InlineData("mounts[2].destination", "\"/proc/self\"", "mounts[2]: \"/proc/self\" cannot be mounted because it is inside /proc")]
    [InlineData("mounts[2].destination", "\"/x/../proc/sys/kernel\"", "\"/proc/sys/kernel\" cannot be mounted because it is inside /proc")]
    [InlineData("mounts[2].destination", "\"proc/uptime2\"", "cannot be mounted because it is inside /proc")]
    [InlineData("hooks.prestart[0].path", "\"hook\"", "hooks.prestart[0].path: must be an absolute path, not \"hook\"")]
    [InlineData("hooks.createRuntime[0].path", null, "hooks.createRuntime[0].path: must not be empty")]
    [InlineData("hooks.createContainer[0]", "null", "hooks.createContainer[0]: must not be null")]
    [InlineData("hooks.startContainer[0].path", "\"./x\"", "hooks.startContainer[0].path: must be an absolute path")]
    [InlineData("hooks.poststart[0].path", "\"\"", "hooks.poststart[0].path: must not be empty")]
    [InlineData("hooks.poststop[0].path", "\"/a\\u0000\"", "hooks.poststop[0].path: contains a null byte")]
    [InlineData("hooks.prestart[0].timeout", "0", "hooks.prestart[0].timeout: must be greater than zero, not 0")]
    [InlineData("hooks.prestart[0].timeout", "-1", "hooks.prestart[0].timeout: must be greater than zero, not -1")]
    [InlineData("hooks.prestart[0].args[1]", "\"\\u0000\"", "hooks.prestart[0].args[1]: contains a null byte")]
    [InlineData("hooks.prestart[0].env[0]", "null", "hooks.prestart[0].env[0]: must not be null")]
    [InlineData("annotations", "{\"\": \"x\"}", "annotations: a key must not be empty")]
    [InlineData("annotations", "{\"k\": null}", "annotations[\"k\"]: must be a string, not null")]
    public void MountHookOrAnnotation_thatMakesNoSense_isRefusedWithTheField(string path, string? json, string expected) =>
        AssertSpoiled(path, json, expected);

    internal static void AssertSpoiled(string path, string? json, string expected, ValidationOptions? options = null)
    {
        var config = TestData.GoodConfig();
        TestData.Set(config, path, json);
        AssertRefused(TestData.Bytes(config), expected, options);
    }

    private static void AssertRefused(byte[] json, string expected, ValidationOptions? options = null)
    {
        var e = Assert.Throws<ContainerException>(() => SpecValidator.Validate(SpecReader.Parse(json), options ?? ValidationOptions.Default));
        Assert.StartsWith("config.json: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", e.Message, StringComparison.Ordinal);
    }
}
