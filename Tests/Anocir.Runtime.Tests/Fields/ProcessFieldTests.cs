namespace Anocir.Runtime.Tests.Fields;

/// <summary>Fields of <c>process</c> and <c>linux</c> that change the program itself, as it sees them.</summary>
public sealed class ProcessFieldTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [InlineData("""{"policy":"SCHED_BATCH","nice":5}""", 3, 5)]
    [InlineData("""{"policy":"SCHED_IDLE"}""", 5, 0)]
    [InlineData("""{"policy":"SCHED_OTHER","nice":-3}""", 0, -3)]
    [InlineData("""{"policy":"SCHED_OTHER","nice":7,"flags":["SCHED_FLAG_RESET_ON_FORK"]}""", 0, 7)]
    public void Scheduler_is_the_programs(string scheduler, int policy, int nice)
    {
        runtime.RequireAnocir("runc 1.1 has no scheduler");
        var stat = OutputOf(c => c.Set("process.scheduler", scheduler).Args("/bin/cat", "/proc/self/stat")).Split(')')[1].Trim().Split(' ');
        Assert.Equal(policy, int.Parse(stat[38], CultureInfo.InvariantCulture));
        Assert.Equal(nice, int.Parse(stat[16], CultureInfo.InvariantCulture));
    }

    [SkippableFact]
    public void Deadline_scheduler_is_the_programs_or_the_kernels_refusal_is_told()
    {
        runtime.RequireAnocir("runc 1.1 has no scheduler");
        using var container = runtime.Container(c => c.Set("process.scheduler", """{"policy":"SCHED_DEADLINE","runtime":1000000,"deadline":10000000,"period":10000000}""").Args("/bin/cat", "/proc/self/stat"));
        var result = container.Run();
        if (result.ExitCode == 0)
        {
            Assert.Equal("6", container.Output.Split(')')[1].Trim().Split(' ')[38]);
            return;
        }

        Assert.Contains("error setting scheduler SCHED_DEADLINE: E", result.Error, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("IOPRIO_CLASS_IDLE", 0, "idle")]
    [InlineData("IOPRIO_CLASS_BE", 6, "best-effort: prio 6")]
    public void Io_priority_is_the_programs(string name, int priority, string seen)
    {
        runtime.RequireAnocir("runc 1.1 has no ioPriority");
        Assert.Contains(seen, OutputOf(c => c.Set("process.ioPriority", $$"""{"class":"{{name}}","priority":{{priority}}}""").Args("/bin/ionice")), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("""{"mode":"MPOL_BIND","nodes":"0"}""", " bind:0")]
    [InlineData("""{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES"]}""", " bind=static:0")]
    [InlineData("""{"mode":"MPOL_INTERLEAVE","nodes":"0"}""", " interleave:0")]
    [InlineData("""{"mode":"MPOL_PREFERRED","nodes":"0"}""", " prefer:0")]
    [InlineData("""{"mode":"MPOL_LOCAL"}""", " local")]
    [InlineData("""{"mode":"MPOL_DEFAULT"}""", " default")]
    public void Memory_policy_is_the_programs(string policy, string seen)
    {
        runtime.RequireAnocir("runc 1.1 has no memoryPolicy");
        Skip.IfNot(File.Exists("/proc/self/numa_maps"), "this kernel has no NUMA");
        Assert.Contains(seen, OutputOf(c => c.Set("linux.memoryPolicy", policy).Args("/bin/cat", "/proc/self/numa_maps")), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Memory_policy_on_a_node_that_is_not_there_is_refused()
    {
        runtime.RequireAnocir("runc 1.1 has no memoryPolicy");
        Skip.IfNot(File.Exists("/proc/self/numa_maps"), "this kernel has no NUMA");
        using var container = runtime.Container(c => c.Set("linux.memoryPolicy", """{"mode":"MPOL_BIND","nodes":"900"}"""));
        Assert.Contains("set_mempolicy", ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableTheory]
    [InlineData("LINUX32", "i686")]
    [InlineData("LINUX", "x86_64")]
    public void Personality_is_the_programs(string domain, string machine)
    {
        runtime.RequireAnocir("runc 1.1 has no personality");
        Skip.IfNot(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64, "the names are x86's");
        Assert.Equal(machine, OutputOf(c => c.Set("linux.personality", $$"""{"domain":"{{domain}}"}""").Args("/bin/uname", "-m")).Trim());
    }

    [SkippableFact]
    public void Clocks_of_a_time_namespace_are_set_off()
    {
        runtime.RequireAnocir("runc 1.1 has no time namespaces");
        Skip.IfNot(File.Exists("/proc/self/ns/time"), "this kernel has no time namespaces");
        var output = OutputOf(c =>
        {
            c["linux"]!["namespaces"]!.AsArray().Add((JsonNode)new JsonObject { ["type"] = "time" });
            c.Set("linux.timeOffsets", """{"boottime":{"secs":1000000,"nanosecs":5},"monotonic":{"secs":-1}}""").Script("cat /proc/self/timens_offsets /proc/uptime");
        });
        Assert.Matches(@"monotonic\s+-1\s+0", output);
        Assert.Matches(@"boottime\s+1000000\s+5", output);
        Assert.True(double.Parse(output.Trim().Split('\n')[^1].Split(' ')[0], CultureInfo.InvariantCulture) > 1000000);
    }

    [SkippableFact]
    public void Names_of_the_host_and_the_domain_are_the_containers()
    {
        runtime.RequireAnocir("runc 1.1 has no domainname");
        var output = OutputOf(c => c.Set("hostname", "\"inner\"").Set("domainname", "\"example.org\"").Script("cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname"));
        Assert.Equal("inner\nexample.org\n", output);
    }

    [SkippableTheory]
    [InlineData("63", "0077")]
    [InlineData("0", "0000")]
    [InlineData(null, "0022")]
    public void Umask_is_the_programs(string? umask, string seen) =>
        Assert.Equal(seen, OutputOf(c => c.Set("process.user.umask", umask).Script("umask")).Trim());

    [SkippableFact]
    public void Affinity_of_an_exec_is_its_own()
    {
        runtime.RequireAnocir("runc 1.1 has no execCPUAffinity");
        Skip.If(Environment.ProcessorCount < 2, "one processor only");
        using var container = runtime.Container(c => c.Set("process.execCPUAffinity", """{"initial":"0","final":"1"}""").Script("echo up; exec sleep 1000"));
        container.Run("--detach").Ok();
        container.WaitForOutput("up");
        Assert.Contains("Cpus_allowed_list:\t1\n", runtime.Call("exec", container.Id, "/bin/grep", "Cpus_allowed_list", "/proc/self/status").Ok().Output, StringComparison.Ordinal);
        // For execs alone (config.md, execCPUAffinity).
        Assert.NotEqual("1", Processes.Status(container.Pid, "Cpus_allowed_list"));
    }

    [SkippableFact]
    public void Tmpfs_begins_with_what_it_covers_where_that_is_asked_for()
    {
        var output = OutputOf(c => c.Mount("/etc", "tmpfs", "tmpfs", "tmpcopyup", "mode=755").Script("cat /etc/passwd; echo new >/etc/new && cat /etc/new"));
        Assert.Contains("alice:x:1000", output, StringComparison.Ordinal);
        Assert.EndsWith("new\n", output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("rro", "ro")]
    [InlineData("rnosuid", "nosuid")]
    [InlineData("rnodev", "nodev")]
    [InlineData("rnoexec", "noexec")]
    [InlineData("rnoatime", "noatime")]
    [InlineData("rnodiratime", "nodiratime")]
    [InlineData("rnosymfollow", "nosymfollow")]
    public void Recursive_option_reaches_the_mounts_below(string option, string flag)
    {
        runtime.RequireAnocir("runc 1.1 lacks some of them");
        var source = runtime.Scratch.Folder("recursive", option);
        Directory.CreateDirectory(Path.Combine(source, "below"));
        Command.Run("/bin/mount", "-t", "tmpfs", "below", Path.Combine(source, "below")).Ok();
        var output = OutputOf(c => c.Mount("/v", "bind", source, "rbind", option).Script("grep ' /v' /proc/self/mountinfo"));
        var mounts = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[5].Split(',')).ToList();
        Assert.Equal(2, mounts.Count);
        foreach (var options in mounts) Assert.Contains(flag, options);
    }

    [SkippableFact]
    public void Labels_and_profiles_of_a_host_without_them_are_refused()
    {
        runtime.RequireAnocir("the words are our own");
        Skip.If(File.Exists("/sys/fs/selinux/enforce"), "SELinux is on");
        foreach (var (path, named) in new[] { ("process.selinuxLabel", "selinux"), ("linux.mountLabel", "selinux") })
        {
            using var container = runtime.Container(c => c.Set(path, "\"system_u:object_r:container_file_t:s0\""));
            Assert.Contains(named, ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
            Assert.Empty(runtime.LeftOf(container.Id));
        }
    }

    [SkippableFact]
    public void Rdt_without_resctrl_is_refused()
    {
        runtime.RequireAnocir("the words are our own");
        Skip.If(File.ReadAllText("/proc/self/mountinfo").Contains(" - resctrl ", StringComparison.Ordinal), "resctrl is mounted");
        using var container = runtime.Container(c => c.Set("linux.intelRdt", """{"closID":"guaranteed","schemata":["L3:0=f"]}"""));
        Assert.Contains("linux.intelRdt: no resctrl filesystem is mounted", ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Warnings_are_logged_and_never_stop_a_container()
    {
        runtime.RequireAnocir("the words are our own");
        var log = Path.Combine(runtime.Scratch.Directory, "warnings.json");
        using var container = runtime.Container(c => c
            .Set("linux.personality", """{"domain":"LINUX","flags":["ADDR_NO_RANDOMIZE"]}""")
            .Set("process.capabilities.bounding.4", "\"CAP_NO_SUCH\""));
        container.Prepare("run", new Caller(GlobalFlags: ["--log", log, "--log-format", "json"])).Run().Ok();
        Assert.Equal("", container.Error);
        var lines = File.ReadAllLines(log).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.All(lines, l => Assert.Equal("warning", (string?)l["level"]));
        Assert.Contains(lines, l => ((string)l["msg"]!).Contains("ignoring unsupported personality flags", StringComparison.Ordinal));
        Assert.Single(lines, l => ((string)l["msg"]!).Contains("CAP_NO_SUCH", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Objects_of_other_systems_and_unknown_properties_are_ignored()
    {
        var output = OutputOf(c => c
            .Set("windows", """{"layerFolders":[1]}""").Set("solaris", """{"milestone":3}""").Set("vm", """{"hypervisor":"none"}""")
            .Set("zos", "{}").Set("freebsd", """{"jail":{"parent":7}}""").Set("linux.unknownToAll", "[]").Script("echo fine"));
        Assert.Equal("fine\n", output);
    }

    private string OutputOf(Action<JsonObject> edit)
    {
        using var container = runtime.Container(edit);
        container.Run().Ok();
        return container.Output;
    }
}
