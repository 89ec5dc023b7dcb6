using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Anocir.Platform.Security;
using Xunit;

namespace Anocir.Platform.Tests.Processes;

public sealed class ProcessPlannerTests
{
    private static readonly Process Minimal = new() { Args = ["sh"], Cwd = "/" };

    private static readonly ProcessPlanOptions Options = new() { ContainerId = "c1", Host = new ProcessHost(CapabilityNames.Last, false, false) };

    [Fact]
    public void Plan_minimal_process_leaves_alone_what_is_not_asked_for()
    {
        var plan = ProcessPlanner.Plan(Minimal, null, Options);

        Assert.Equal(["sh"], plan.Args);
        Assert.Empty(plan.Env);
        Assert.Equal(18u, plan.Umask); // 0022
        Assert.Null(plan.Capabilities);
        Assert.Null(plan.OomScoreAdj);
        Assert.Null(plan.Scheduler);
        Assert.Null(plan.IoPriority);
        Assert.Null(plan.Personality);
        Assert.Equal(new KeyringPlan("_ses.c1", KeyringPlan.OwnerSearch), plan.Keyring);
        Assert.Empty(plan.Warnings);
    }

    [Fact]
    public void Plan_environment_keeps_the_last_of_each_name_in_order()
    {
        var plan = ProcessPlanner.Plan(Minimal with { Env = ["A=1", "HOME=", "B=2", "A=3", "C=x=y"] }, null, Options);

        Assert.Equal(["B=2", "A=3", "C=x=y"], plan.Env);
    }

    [Theory]
    [InlineData("NOVALUE", "invalid environment variable: missing '='")]
    [InlineData("=x", "invalid environment variable: name cannot be empty")]
    [InlineData("A=\0", "invalid environment variable \"A\": contains nul byte (\\x00)")]
    public void Plan_malformed_environment_is_refused(string entry, string message) =>
        Assert.Equal(message, Refusal(Minimal with { Env = [entry] }));

    [Fact]
    public void Plan_capabilities_become_masks_and_unknown_ones_a_warning()
    {
        var plan = ProcessPlanner.Plan(
            Minimal with { Capabilities = new Capabilities { Bounding = ["CAP_CHOWN", "CAP_SYSLOG", "UNKNOWN_CAP"], Ambient = ["CAP_UNKNOWN", "CAP_BPF"] } },
            null,
            Options with { Host = new ProcessHost(37, false, false) });

        Assert.Equal(new CapabilitySets(0x4_0000_0001, 0, 0, 0, 0), plan.Capabilities);
        Assert.Equal(["ignoring unknown or unavailable capabilities: [CAP_BPF CAP_UNKNOWN UNKNOWN_CAP]"], plan.Warnings);
    }

    [Fact]
    public void Plan_numbers_are_the_kernels()
    {
        var plan = ProcessPlanner.Plan(
            Minimal with
            {
                Rlimits = [new Rlimit { Type = "RLIMIT_NOFILE", Soft = 10, Hard = ulong.MaxValue }, new Rlimit { Type = "RLIMIT_RTTIME", Soft = 1, Hard = 2 }],
                IoPriority = new IoPriority { Class = "IOPRIO_CLASS_IDLE", Priority = 3 },
                Scheduler = new Scheduler { Policy = "SCHED_DEADLINE", Runtime = 1, Deadline = 2, Period = 3, Flags = ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_UTIL_CLAMP_MAX"] },
            },
            new Linux
            {
                Personality = new Personality { Domain = "LINUX32", Flags = ["X"] },
                MemoryPolicy = new MemoryPolicy { Mode = "MPOL_INTERLEAVE", Nodes = "0-2, 65", Flags = ["MPOL_F_STATIC_NODES"] },
                Namespaces = [new Namespace { Type = "user" }],
            },
            Options);

        Assert.Equal([new ResourceLimit(7, 10, ulong.MaxValue), new ResourceLimit(15, 1, 2)], plan.Rlimits);
        Assert.Equal(0x6003, plan.IoPriority);
        Assert.Equal(new SchedulerPlan(6, 0x41, 0, 0, 1, 2, 3), plan.Scheduler);
        Assert.Equal(8u, plan.Personality);
        Assert.Equal(0x8003, plan.MemoryPolicy!.Mode);
        Assert.Equal([7ul, 2ul], plan.MemoryPolicy.Nodes);
        Assert.Equal(KeyringPlan.OtherSearch, plan.Keyring!.AddPermissions);
        Assert.Equal(["ignoring unsupported personality flags: [X]"], plan.Warnings);
    }

    public static TheoryData<Process, string> Wrong => new()
    {
        { Minimal with { Cwd = null }, "Cwd property must not be empty" },
        { Minimal with { Cwd = "tmp" }, "Cwd must be an absolute path" },
        { Minimal with { Args = [] }, "args must not be empty" },
        { Minimal with { OomScoreAdj = 1001 }, "oomScoreAdj 1001 is not in -1000..1000" },
        { Minimal with { Rlimits = [new Rlimit { Type = "RLIMIT_X" }] }, "wrong rlimit value: RLIMIT_X" },
        { Minimal with { Rlimits = [new Rlimit { Type = "RLIMIT_CPU" }, new Rlimit { Type = "RLIMIT_CPU" }] }, "rlimit RLIMIT_CPU is given more than once" },
        { Minimal with { Rlimits = [new Rlimit { Type = "RLIMIT_CPU", Soft = 2, Hard = 1 }] }, "rlimit RLIMIT_CPU has soft limit 2 above its hard limit 1" },
        { Minimal with { IoPriority = new IoPriority { Class = "IOPRIO_CLASS_RT", Priority = 8 } }, "invalid ioPriority.Priority: 8" },
        { Minimal with { IoPriority = new IoPriority { Class = "IOPRIO_CLASS_NONE" } }, "invalid ioPriority.Class: \"IOPRIO_CLASS_NONE\"" },
        { Minimal with { Scheduler = new Scheduler { Policy = "SCHED_BATCH", Nice = 20 } }, "invalid scheduler.nice: 20 when scheduler.policy is SCHED_BATCH" },
        { Minimal with { Scheduler = new Scheduler { Policy = "SCHED_OTHER", Priority = 1 } }, "scheduler.priority can only be specified for SchedFIFO or SchedRR policy" },
        { Minimal with { Scheduler = new Scheduler { Policy = "SCHED_RR", Period = 1 } }, "scheduler runtime/deadline/period can only be specified for SchedDeadline policy" },
        { Minimal with { ApparmorProfile = "p" }, "apparmor: config provided but apparmor not supported" },
        { Minimal with { SelinuxLabel = "l" }, "selinux label is specified in config, but selinux is disabled or not supported" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Plan_wrong_process_is_refused_in_these_words(Process process, string message) => Assert.Equal(message, Refusal(process));

    [Theory]
    [InlineData("MPOL_DEFAULT", "0", "memory policy mode requires 0 nodes but got 1")]
    [InlineData("MPOL_BIND", null, "memory policy mode requires at least one node but got 0")]
    [InlineData("MPOL_BIND", "3-1", "linux.memoryPolicy.nodes: invalid memory policy nodes \"3-1\"")]
    [InlineData("MPOL_BIND", "99999", "linux.memoryPolicy.nodes: invalid memory policy nodes \"99999\"")]
    [InlineData("MPOL_X", "0", "invalid memory policy mode \"MPOL_X\"")]
    public void Plan_wrong_memory_policy_is_refused(string mode, string? nodes, string message)
    {
        var linux = new Linux { MemoryPolicy = new MemoryPolicy { Mode = mode, Nodes = nodes } };

        Assert.Equal(message, Assert.Throws<ContainerException>(() => ProcessPlanner.Plan(Minimal, linux, Options)).Message);
    }

    [Fact]
    public void Plan_groups_without_root_are_refused() => Assert.Equal(
        "cannot set any additional groups in a rootless container",
        Assert.Throws<ContainerException>(() => ProcessPlanner.Plan(Minimal with { User = new User { AdditionalGids = [5] } }, null, Options with { Rootless = true })).Message);

    [Fact]
    public void Plan_console_size_counts_only_with_a_terminal()
    {
        var sized = Minimal with { ConsoleSize = new ConsoleSize { Height = 24, Width = 80 } };

        Assert.Equal(0, ProcessPlanner.Plan(sized, null, Options).ConsoleWidth);
        Assert.Equal(80, ProcessPlanner.Plan(sized with { Terminal = true }, null, Options).ConsoleWidth);
    }

    [Fact]
    public void Plan_survives_the_wire()
    {
        var plan = ProcessPlanner.Plan(
            new Process
            {
                Terminal = true,
                ConsoleSize = new ConsoleSize { Height = 1, Width = 2 },
                User = new User { Uid = uint.MaxValue - 1, Gid = 7, Umask = 63, AdditionalGids = [1, 2] },
                Args = ["a", "ü"],
                Env = ["X=1"],
                Cwd = "/w",
                Capabilities = new Capabilities { Bounding = ["CAP_KILL"], Inheritable = ["CAP_CHECKPOINT_RESTORE"] },
                Rlimits = [new Rlimit { Type = "RLIMIT_AS", Soft = 1, Hard = ulong.MaxValue }],
                NoNewPrivileges = true,
                ApparmorProfile = "p",
                SelinuxLabel = "l",
                OomScoreAdj = -5,
                Scheduler = new Scheduler { Policy = "SCHED_FIFO", Priority = 9 },
                IoPriority = new IoPriority { Class = "IOPRIO_CLASS_RT", Priority = 1 },
            },
            new Linux { Personality = new Personality { Domain = "LINUX" }, MemoryPolicy = new MemoryPolicy { Mode = "MPOL_BIND", Nodes = "0" } },
            Options with { Host = new ProcessHost(40, true, true), Seccomp = new SeccompProgram(new byte[16], 5, true), PreservedFds = 2, Exec = true });
        var first = new WireWriter();
        plan.Write(first);

        var read = ProcessPlan.Read(new WireReader(first.Written.ToArray()));
        var second = new WireWriter();
        read.Write(second);

        Assert.Equal(first.Written, second.Written);
        Assert.Equal(plan.Capabilities, read.Capabilities);
        Assert.Equal(plan.Scheduler, read.Scheduler);
        Assert.Equal(uint.MaxValue - 1, read.Uid);
        Assert.Equal(-5, read.OomScoreAdj);
        Assert.Equal(plan.Seccomp!.Flags, read.Seccomp!.Flags);
        Assert.False(read.CreateCwd);
        Assert.Null(read.Keyring!.AddPermissions);
    }

    [Fact]
    public void Read_truncated_plan_is_refused_at_every_length()
    {
        var writer = new WireWriter();
        ProcessPlanner.Plan(Minimal, null, Options).Write(writer);
        var bytes = writer.Written.ToArray();

        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<InvalidDataException>(() => ProcessPlan.Read(new WireReader(bytes.AsMemory(0, length))));
    }

    private static string Refusal(Process process) => Assert.Throws<ContainerException>(() => ProcessPlanner.Plan(process, null, Options)).Message;
}
