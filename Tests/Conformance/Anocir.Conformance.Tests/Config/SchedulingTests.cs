namespace Anocir.Conformance.Tests.Config;

/// <summary>The scheduler, the priority of input and output, and the processors: read from the host, for some policies forbid a fork.</summary>
public sealed class SchedulingTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    // proc_pid_stat(5), counted after the name: nice, rt_priority, policy.
    private const int Nice = 16;
    private const int Priority = 37;
    private const int Policy = 38;

    [SkippableTheory]
    [InlineData("""{"policy":"SCHED_OTHER","nice":7}""", 0, 7, 0)]
    [InlineData("""{"policy":"SCHED_OTHER"}""", 0, 0, 0)]
    [InlineData("""{"policy":"SCHED_BATCH","nice":3}""", 3, 3, 0)]
    [InlineData("""{"policy":"SCHED_IDLE"}""", 5, 0, 0)]
    [Clause("config.md", "linux-process", Strength.Must, 53)]
    public void Scheduler_is_the_one_configured(string scheduler, int policy, int nice, int priority) => Try(scheduler, policy, nice, priority);

    [SkippableTheory]
    [InlineData("""{"policy":"SCHED_FIFO","priority":10}""", 1, 0, 10)]
    [InlineData("""{"policy":"SCHED_RR","priority":20,"flags":["SCHED_FLAG_RESET_ON_FORK"]}""", 0x2, 0, 20)]
    [InlineData("""{"policy":"SCHED_DEADLINE","runtime":1000000,"deadline":10000000,"period":10000000}""", 6, 0, 0)]
    [Clause("config.md", "linux-process", Strength.Must, 53)]
    public void Real_time_scheduler_is_the_one_configured(string scheduler, int policy, int nice, int priority)
    {
        runtime.Require();
        Skip.If(Cgroups.Has("cpu", "cpu.rt_runtime_us") && !Cgroups.IsUnified("cpu"),
            "the kernel divides real time among cgroups of version 1 (CONFIG_RT_GROUP_SCHED), and a new one has none");
        Try(scheduler, policy, nice, priority);
    }

    [SkippableTheory]
    [InlineData("""{"policy":"SCHED_BOGUS"}""")]
    [InlineData("""{"policy":"SCHED_OTHER","flags":["SCHED_FLAG_BOGUS"]}""")]
    [Clause("config.md", "linux-process", Strength.Must, 53)]
    public void Scheduler_that_is_unknown_is_an_error(string scheduler) =>
        runtime.RefusesAtStartAtTheLatest(c => c.Set("process.scheduler", scheduler));

    [SkippableTheory]
    [InlineData("IOPRIO_CLASS_BE", 3, "best-effort: prio 3")]
    [InlineData("IOPRIO_CLASS_RT", 2, "realtime: prio 2")]
    [InlineData("IOPRIO_CLASS_IDLE", 0, "idle")]
    [Clause("config.md", "linux-process", Strength.Must, 54)]
    public void Priority_of_input_and_output_is_the_one_configured(string priority, int level, string seen) =>
        Assert.StartsWith(seen, runtime.Inside("ionice -p $$", c => c.Set("process.ioPriority", $$"""{"class":"{{priority}}","priority":{{level}}}""")), StringComparison.Ordinal);

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.Must, 54)]
    public void Priority_of_input_and_output_of_an_unknown_class_is_an_error() =>
        runtime.RefusesAtStartAtTheLatest(c => c.Set("process.ioPriority", """{"class":"IOPRIO_CLASS_BOGUS","priority":1}"""));

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.Must, 55)]
    public void Processors_of_exec_are_not_those_of_the_container_process()
    {
        runtime.Require();
        Skip.If(Environment.ProcessorCount < 2, "one processor leaves no choice");
        var seen = runtime.Inside("grep Cpus_allowed_list /proc/self/status", c => c.Set("process.execCPUAffinity", """{"initial":"0","final":"0"}"""));
        Assert.DoesNotMatch("\t0$", seen);
    }

    [SkippableFact]
    [Clause("config.md", "linux-process", Strength.Must, 55)]
    public void Program_of_exec_runs_on_the_final_processors()
    {
        runtime.Require();
        Skip.If(Environment.ProcessorCount < 2, "one processor leaves no choice");
        RuntimeUnderTest.Require("exec");
        using var container = runtime.Running();
        var process = runtime.Scratch.File("exec", $"{container.Id}.json");
        File.WriteAllText(process, """
            {"args":["/bin/grep","Cpus_allowed_list","/proc/self/status"],"cwd":"/","env":["PATH=/bin"],"user":{"uid":0,"gid":0},
             "execCPUAffinity":{"initial":"0","final":"1"}}
            """);
        runtime.Call("exec", "--process", process, container.Id).Ok().Prints("Cpus_allowed_list:\t1");
    }

    private void Try(string scheduler, int policy, int nice, int priority)
    {
        using var container = runtime.Running(c => c.Set("process.scheduler", scheduler));
        var stat = File.ReadAllText($"/proc/{container.Pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Assert.Equal([$"{policy}", $"{nice}", $"{priority}"], [fields[Policy], fields[Nice], fields[Priority]]);
    }
}
