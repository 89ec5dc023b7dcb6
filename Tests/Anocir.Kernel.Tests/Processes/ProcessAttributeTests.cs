using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Xunit;

namespace Anocir.Kernel.Tests.Processes;

public sealed class ProcessAttributeTests
{
    [SkippableFact]
    public void Limits_are_exactly_those_of_the_config()
    {
        var run = ProbeRun.Of(ProbeRun.Shell("ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc; ulimit -Sf; ulimit -Hf") with
        {
            User = new User { Uid = 1000, Gid = 1000 },
            Rlimits =
            [
                new Rlimit { Type = "RLIMIT_NOFILE", Soft = 11, Hard = 12 },
                new Rlimit { Type = "RLIMIT_CORE", Soft = 0, Hard = 0 },
                new Rlimit { Type = "RLIMIT_FSIZE", Soft = 512, Hard = ulong.MaxValue },
            ],
        });

        Assert.Equal("11\n12\n0\n0\n1\nunlimited", run.Succeeded());
    }

    [SkippableFact]
    public void Limits_not_in_the_config_are_those_of_the_caller()
    {
        var run = ProbeRun.Of(ProbeRun.Shell("ulimit -Hn"), under: ["sh", "-c", "ulimit -Sn 800; ulimit -Hn 900; exec \"$@\"", "probe"]);

        // Of the soft limit this cannot tell: the probe's runtime, unlike the native one of init, raises its own when it starts.
        Assert.Equal("900", run.Succeeded());
    }

    [SkippableFact]
    public void Limit_above_what_may_be_had_is_an_error_before_the_program()
    {
        var run = ProbeRun.Of(
            ProbeRun.Program("true") with { Rlimits = [new Rlimit { Type = "RLIMIT_NOFILE", Soft = 800, Hard = 2000 }] },
            under: ["capsh", "--drop=cap_sys_resource", "--", "-c", "ulimit -n 900; exec \"$@\"", "probe"]);

        Assert.Contains("error: error setting rlimit RLIMIT_NOFILE to 800:2000: EPERM (operation not permitted)", run.Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Scheduler_and_io_priority_are_set()
    {
        var run = ProbeRun.Of(ProbeRun.Shell("chrt -p $$; ionice -p $$; nice") with
        {
            Scheduler = new Scheduler { Policy = "SCHED_BATCH", Nice = 7 },
            IoPriority = new IoPriority { Class = "IOPRIO_CLASS_BE", Priority = 6 },
        });

        Assert.Contains("SCHED_BATCH", run.Succeeded(), StringComparison.Ordinal);
        Assert.EndsWith("best-effort: prio 6\n7", run.Succeeded(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Umask_personality_and_oom_score_are_set()
    {
        var run = ProbeRun.Of(
            ProbeRun.Shell("umask; cat /proc/self/personality /proc/self/oom_score_adj") with { User = new User { Umask = 63 }, OomScoreAdj = 421 },
            new Linux { Personality = new Personality { Domain = "LINUX32" } });

        Assert.Equal("0077\n00000008\n421", run.Succeeded());
    }

    [SkippableFact]
    public void Umask_unset_is_022() =>
        Assert.Equal("0022", ProbeRun.Of(ProbeRun.Shell("umask"), under: ["sh", "-c", "umask 0; exec \"$@\"", "probe"]).Succeeded());

    [SkippableFact]
    public void Memory_policy_is_set()
    {
        Skip.IfNot(File.Exists("/proc/self/numa_maps"), "this kernel has no NUMA");

        var run = ProbeRun.Of(
            ProbeRun.Shell("grep -c 'bind:0' /proc/self/numa_maps"),
            new Linux { MemoryPolicy = new MemoryPolicy { Mode = "MPOL_BIND", Nodes = "0" } });

        Assert.NotEqual("0", run.Succeeded());
    }

    [SkippableFact]
    public void Session_keyring_is_the_containers_own()
    {
        Skip.IfNot(File.Exists("/proc/keys"), "this kernel does not show its keys");
        var name = $"_ses.anocir-{Guid.NewGuid():N}";

        var run = ProbeRun.Of(
            ProbeRun.Shell($"grep -c 'keyring *{name}:' /proc/keys"),
            change: plan => plan with { Keyring = new KeyringPlan(name, KeyringPlan.OwnerSearch) });

        Assert.Equal("1", run.Succeeded());
    }

    [SkippableFact]
    public void Signals_are_neither_ignored_nor_blocked()
    {
        var run = ProbeRun.Of(ProbeRun.Program("cat", "/proc/self/status"), under: ["env", "--ignore-signal=USR2", "--block-signal=USR1", "--block-signal=CHLD"]);

        run.Succeeded();
        Assert.Equal("0000000000000000", run.Status("SigIgn"));
        Assert.Equal("0000000000000000", run.Status("SigBlk"));
    }

    [SkippableFact]
    public void Descriptors_other_than_the_preserved_ones_are_closed()
    {
        var run = ProbeRun.Of(
            ProbeRun.Shell("for fd in /proc/$$/fd/*; do readlink $fd; done; echo; ls /proc/$$/fd"),
            under: ["sh", "-c", "exec \"$@\" 3</etc 4</usr 5</var", "probe"],
            change: plan => plan with { PreservedFds = 2 });

        Assert.EndsWith("0\n1\n2\n3\n4", run.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("\n/etc\n/usr\n", run.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Preserved_descriptor_that_is_not_open_is_an_error()
    {
        // Beyond all that the probe's runtime has opened.
        var run = ProbeRun.Of(ProbeRun.Program("true"), change: plan => plan with { PreservedFds = 2000 });

        Assert.Matches("error: pass file descriptor [0-9]+ on: EBADF", run.Errors);
    }
}
