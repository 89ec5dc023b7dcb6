namespace Anocir.Runtime.Tests.Fields;

/// <summary>Edits of a good config.json, a line each (<c>path = json</c>), and the field that the error must name.</summary>
public sealed class BadFieldCases : TheoryData<string, string>
{
    private const string UserNamespace = """linux.namespaces.5 = {"type":"user"}""";
    private const string TimeNamespace = """linux.namespaces.5 = {"type":"time"}""";
    private const string Allow = """linux.seccomp = {"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}""";

    public BadFieldCases()
    {
        Process();
        Mounts();
        Mappings();
        NetDevices();
        IntelRdt();
        MemoryPolicy();
        TimeOffsets();
        Seccomp();
        Resources();
        Rest();
    }

    private void Process()
    {
        const string Scheduler = "process.scheduler";
        foreach (var (value, named) in new[]
        {
            ("[]", ""), ("""{"policy":5}""", ".policy"), ("{}", ".policy"), ("""{"policy":"SCHED_OTHER","nice":20}""", ".nice"),
            ("""{"policy":"SCHED_BATCH","nice":-21}""", ".nice"), ("""{"policy":"SCHED_OTHER","nice":"5"}""", ".nice"),
            ("""{"policy":"SCHED_OTHER","nice":1.5}""", ".nice"), ("""{"policy":"SCHED_FIFO","priority":0}""", ".priority"),
            ("""{"policy":"SCHED_RR","priority":100}""", ".priority"), ("""{"policy":"SCHED_OTHER","priority":1}""", ".priority"),
            ("""{"policy":"SCHED_DEADLINE"}""", ".runtime"), ("""{"policy":"SCHED_DEADLINE","runtime":-1}""", ".runtime"),
            ("""{"policy":"SCHED_DEADLINE","runtime":2000,"deadline":1500}""", ".deadline"),
            ("""{"policy":"SCHED_DEADLINE","runtime":2000,"deadline":4000,"period":3000}""", ".period"), ("""{"policy":"SCHED_OTHER","runtime":1}""", ""),
            ("""{"policy":"SCHED_OTHER","flags":["SCHED_FLAG_NOPE"]}""", ".flags[0]"), ("""{"policy":"SCHED_OTHER","flags":[null]}""", ".flags[0]"),
            ("""{"policy":"SCHED_OTHER","flags":"SCHED_FLAG_RECLAIM"}""", ".flags"),
        }) Add($"{Scheduler} = {value}", Scheduler + named);
        Add("""process.ioPriority = "best" """, "process.ioPriority");
        Add("process.ioPriority = {}", "process.ioPriority.class");
        Add("""process.ioPriority = {"class":3}""", "process.ioPriority.class");
        Add("""process.ioPriority = {"class":"IOPRIO_CLASS_NONE","priority":0}""", "process.ioPriority.class");
        Add("""process.ioPriority = {"class":"IOPRIO_CLASS_BE","priority":8}""", "process.ioPriority.priority");
        Add("""process.ioPriority = {"class":"IOPRIO_CLASS_BE","priority":-1}""", "process.ioPriority.priority");
        Add("""process.execCPUAffinity = "0-1" """, "process.execCPUAffinity");
        Add("""process.execCPUAffinity = {"initial":0}""", "process.execCPUAffinity.initial");
        Add("""process.execCPUAffinity = {"initial":"x"}""", "process.execCPUAffinity.initial");
        Add("""process.execCPUAffinity = {"final":"3-1"}""", "process.execCPUAffinity.final");
        Add("process.user.umask = 512", "process.user.umask");
        Add("process.user.umask = -1", "process.user.umask");
        Add("""process.user.umask = "022" """, "process.user.umask");
        Add("process.user.uid = 4294967295", "process.user.uid");
        Add("process.user.additionalGids = [4294967295]", "process.user.additionalGids[0]");
        Add("""process.user.additionalGids = ["0"]""", "process.user.additionalGids[0]");
        Add("""process.consoleSize = "80x25" """, "process.consoleSize");
        Add("""process.consoleSize = {"height":-1,"width":80}""", "process.consoleSize.height");
        Add("process.oomScoreAdj = -1001", "process.oomScoreAdj");
        Add("""process.oomScoreAdj = "1" """, "process.oomScoreAdj");
        Add("process.apparmorProfile = \"a\\u0000b\"", "process.apparmorProfile");
        Add("process.selinuxLabel = 5", "process.selinuxLabel");
        Add("""process.noNewPrivileges = "true" """, "process.noNewPrivileges");
    }

    private void Mounts()
    {
        const string Map = """[{"containerID":0,"hostID":100000,"size":10}]""";
        void Bind(string more, string named, string options = """["bind","idmap"]""") =>
            Add($$"""mounts.4 = {"destination":"/x","type":"bind","source":"/tmp","options":{{options}}{{more}}}""", named);
        Bind("", "mounts[4]");
        Bind("", "mounts[4]", """["rbind","ridmap"]""");
        Bind($",\"uidMappings\":{Map}", "mounts[4].gidMappings");
        Bind($",\"gidMappings\":{Map}", "mounts[4].uidMappings");
        Bind($",\"uidMappings\":{{}},\"gidMappings\":{Map}", "mounts[4].uidMappings");
        Bind($",\"uidMappings\":[null],\"gidMappings\":{Map}", "mounts[4].uidMappings[0]");
        Bind($$""","uidMappings":[{"containerID":0,"hostID":1}],"gidMappings":{{Map}}""", "mounts[4].uidMappings[0].size");
        Bind($$""","uidMappings":[{"containerID":0,"hostID":"1","size":1}],"gidMappings":{{Map}}""", "mounts[4].uidMappings[0].hostID");
        Bind($$""","uidMappings":[{"containerID":-1,"hostID":1,"size":1}],"gidMappings":{{Map}}""", "mounts[4].uidMappings[0].containerID");
        Bind($$""","uidMappings":[{"containerID":0,"hostID":1,"size":4294967295}],"gidMappings":{{Map}}""", "mounts[4].uidMappings[0]");
        Bind($$""","uidMappings":{{Map}},"gidMappings":[{"containerID":0,"hostID":1,"size":9},{"containerID":5,"hostID":50,"size":9}]""", "mounts[4].gidMappings[1]");
        Bind($$""","uidMappings":{{Map}},"gidMappings":[{"containerID":0,"hostID":1,"size":9},{"containerID":50,"hostID":5,"size":9}]""", "mounts[4].gidMappings[1]");
        Bind($",\"uidMappings\":{Map},\"gidMappings\":{Map}", "mounts[4].options", """["bind","idmap","size=5"]""");
        Add($$"""mounts.4 = {"destination":"/x","type":"tmpfs","source":"tmpfs","options":["idmap"],"uidMappings":{{Map}},"gidMappings":{{Map}}}""", "mounts[4]");
        Add("""mounts.4 = {"destination":"/x","type":"bind","source":"/tmp","options":["rro","bind",7]}""", "mounts[4].options[2]");
    }

    private void Mappings()
    {
        const string Shift = """[{"containerID":1,"hostID":100000,"size":10}]""";
        const string Whole = """[{"containerID":0,"hostID":100000,"size":10}]""";
        Add($"linux.uidMappings = {Whole}", "linux.uidMappings");
        Add($"linux.gidMappings = {Whole}", "linux.gidMappings");
        Add(UserNamespace, "linux.namespaces");
        Add($"{UserNamespace}\nlinux.uidMappings = {Whole}", "linux.gidMappings");
        Add($"{UserNamespace}\nlinux.uidMappings = {Shift}\nlinux.gidMappings = {Whole}", "linux.uidMappings");
        Add($"{UserNamespace}\nlinux.uidMappings = {Whole}\nlinux.gidMappings = {Whole}\nprocess.user.uid = 11", "process.user.uid");
        Add($"{UserNamespace}\nlinux.uidMappings = {Whole}\nlinux.gidMappings = [{string.Join(',', Enumerable.Range(0, 341).Select(i => $$"""{"containerID":{{i}},"hostID":{{2 * i}},"size":1}"""))}]", "linux.gidMappings");
    }

    private void NetDevices()
    {
        Add("linux.netDevices = []", "linux.netDevices");
        Add("""linux.netDevices = {"eth0":"eth1"}""", "linux.netDevices.eth0");
        Add("""linux.netDevices = {"eth0":{"name":7}}""", "linux.netDevices.eth0.name");
        foreach (var name in new[] { "", ".", "..", "a/b", "a b", "a:b", "sixteen-letters-" }) Add($$$"""linux.netDevices = {"{{{name}}}":{}}""", "linux.netDevices");
        foreach (var name in new[] { "a/b", "x%s", "%dx%d", "x%", "sixteen-letters-" }) Add($$$"""linux.netDevices = {"dev0":{"name":"{{{name}}}"}}""", "linux.netDevices.dev0.name");
        Add("""linux.netDevices = {"a":{"name":"x"},"b":{"name":"x"}}""", "linux.netDevices.b.name");
        Add("""linux.netDevices = {"a":{"name":"b"},"b":{}}""", "linux.netDevices.b.name");
        Add("""linux.netDevices = {"nosuchdevice":{}}""", "linux.netDevices.nosuchdevice");
        Add("linux.namespaces.4 = {\"type\":\"cgroup\"}\nlinux.netDevices = {\"eth0\":{}}", "linux.netDevices");
    }

    private void IntelRdt()
    {
        foreach (var (value, named) in new[]
        {
            ("\"x\"", ""), ("""{"closID":7}""", ".closID"), ("""{"closID":".."}""", ".closID"), ("""{"closID":"a/b"}""", ".closID"),
            ("""{"closID":"mon_groups"}""", ".closID"), ("""{"memBwSchema":"L3:0=f"}""", ".memBwSchema"), ("""{"memBwSchema":"MB:0=1\nMB:1=2"}""", ".memBwSchema"),
            ("""{"schemata":"L3:0=f"}""", ".schemata"), ("""{"schemata":["L3:0=f\nMB:0=1"]}""", ".schemata[0]"), ("""{"schemata":[null]}""", ".schemata[0]"),
            ("""{"enableMonitoring":"yes"}""", ".enableMonitoring"), ("""{"l3CacheSchema":["L3:0=f"]}""", ".l3CacheSchema"),
        }) Add($"linux.intelRdt = {value}", "linux.intelRdt" + named);
    }

    private void MemoryPolicy()
    {
        foreach (var (value, named) in new[]
        {
            ("{}", ".mode"), ("""{"mode":"MPOL_NOPE"}""", ".mode"), ("""{"mode":2}""", ".mode"), ("""{"mode":"MPOL_BIND"}""", ".nodes"),
            ("""{"mode":"MPOL_LOCAL","nodes":"0"}""", ".nodes"), ("""{"mode":"MPOL_DEFAULT","nodes":"0"}""", ".nodes"), ("""{"mode":"MPOL_BIND","nodes":"a"}""", ".nodes"),
            ("""{"mode":"MPOL_BIND","nodes":"3-1"}""", ".nodes"), ("""{"mode":"MPOL_BIND","nodes":0}""", ".nodes"), ("""{"mode":"MPOL_BIND","nodes":"1024"}""", ".nodes"),
            ("""{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_NOPE"]}""", ".flags[0]"),
            ("""{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES","MPOL_F_RELATIVE_NODES"]}""", ".flags"),
        }) Add($"linux.memoryPolicy = {value}", "linux.memoryPolicy" + named);
    }

    private void TimeOffsets()
    {
        Add("""linux.timeOffsets = {"monotonic":{"secs":1}}""", "linux.timeOffsets");
        Add(TimeNamespace + "\nlinux.timeOffsets = {\"realtime\":{\"secs\":1}}", "linux.timeOffsets");
        Add(TimeNamespace + "\nlinux.timeOffsets = {\"monotonic\":{\"nanosecs\":1000000000}}", "linux.timeOffsets.monotonic.nanosecs");
        Add(TimeNamespace + "\nlinux.timeOffsets = {\"monotonic\":{\"secs\":\"1\"}}", "linux.timeOffsets.monotonic.secs");
        Add(TimeNamespace + "\nlinux.timeOffsets = {\"boottime\":null}", "linux.timeOffsets.boottime");
        Add(TimeNamespace + "\nlinux.timeOffsets = {\"boottime\":{\"secs\":9223372036854775807}}", "linux.timeOffsets");
        Add("linux.namespaces.5 = {\"type\":\"time\",\"path\":\"/proc/self/ns/time\"}\nlinux.timeOffsets = {\"boottime\":{\"secs\":1}}", "linux.timeOffsets");
    }

    private void Seccomp()
    {
        void Rule(string rule, string named, string more = "") =>
            Add($$"""linux.seccomp = {"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{{rule}}]{{more}}}""", "linux.seccomp" + named);
        const string Notify = """{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}""";
        Add(Allow + "\nlinux.seccomp.listenerMetadata = \"data\"", "linux.seccomp.listenerMetadata");
        Add(Allow + "\nlinux.seccomp.listenerPath = 7", "linux.seccomp.listenerPath");
        Add(Allow + "\nlinux.seccomp.flags = \"SECCOMP_FILTER_FLAG_LOG\"", "linux.seccomp.flags");
        Add(Allow + "\nlinux.seccomp.flags = [\"SECCOMP_FILTER_FLAG_NOPE\"]", "linux.seccomp.flags[0]");
        Add(Allow + "\nlinux.seccomp.defaultErrnoRet = 1", "linux.seccomp.defaultErrnoRet");
        Add("linux.seccomp = {\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/tmp/x\"}", "linux.seccomp.defaultAction");
        Rule(Notify, ".listenerPath");
        Rule(Notify, ".listenerPath", ",\"listenerPath\":\"relative.sock\"");
        Rule(Notify, ".listenerPath", ",\"listenerPath\":\"/etc/passwd\"");
        Rule(Notify, ".listenerPath", ",\"listenerPath\":\"/no/such/agent\"");
        Rule(Notify, ".listenerPath", $",\"listenerPath\":\"/{new string('x', 107)}\"");
        Rule("""{"names":["write"],"action":"SCMP_ACT_NOTIFY"}""", ".syscalls[0].names", ",\"listenerPath\":\"/tmp/x\"");
        Rule("""{"names":[],"action":"SCMP_ACT_ERRNO"}""", ".syscalls[0].names");
        Rule("""{"names":[""],"action":"SCMP_ACT_ERRNO"}""", ".syscalls[0].names[0]");
        Rule("""{"names":["mkdir"],"action":"SCMP_ACT_ALLOW","errnoRet":1}""", ".syscalls[0].errnoRet");
        Rule("""{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":65536}""", ".syscalls[0].errnoRet");
        Rule("""{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":6,"value":0,"op":"SCMP_CMP_EQ"}]}""", ".syscalls[0].args[0].index");
        Rule("""{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":0,"op":"SCMP_CMP_NOPE"}]}""", ".syscalls[0].args[0].op");
        Rule("""{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":-1,"op":"SCMP_CMP_EQ"}]}""", ".syscalls[0].args[0].value");
    }

    private void Resources()
    {
        const string Field = "linux.resources.";
        foreach (var (path, value, named) in new[]
        {
            ("rdma", """{"mlx5_1":{}}""", "rdma.mlx5_1"), ("rdma", """{"a b":{"hcaHandles":1}}""", "rdma"), ("rdma", """{"x":{"hcaHandles":-1}}""", "rdma.x.hcaHandles"),
            ("hugepageLimits", """[{"pageSize":"2M","limit":1}]""", "hugepageLimits[0].pageSize"), ("hugepageLimits", """[{"limit":1}]""", "hugepageLimits[0].pageSize"),
            ("hugepageLimits", """[{"pageSize":"2MB","limit":-1}]""", "hugepageLimits[0].limit"), ("hugepageLimits", """{"2MB":1}""", "hugepageLimits"),
            ("unified", """{"memory.max":5}""", "unified"), ("unified", """{"nodot":"1"}""", "unified"), ("unified", """{"a.b":null}""", "unified"),
            ("cpu", """{"idle":2}""", "cpu.idle"), ("cpu", """{"quota":5000,"period":10000,"burst":6000}""", "cpu.burst"), ("cpu", """{"cpus":"0-"}""", "cpu.cpus"),
            ("blockIO", """{"weight":5}""", "blockIO.weight"), ("blockIO", """{"weightDevice":[{"major":8,"minor":0}]}""", "blockIO.weightDevice[0]"),
            ("devices", """[{"allow":true,"access":"x"}]""", "devices[0].access"), ("memory", """{"swappiness":101}""", "memory.swappiness"),
            ("network", """{"priorities":[{"name":"a b","priority":1}]}""", "network.priorities[0].name"), ("pids", """{"limit":"many"}""", "pids.limit"),
        }) Add($"{Field}{path} = {value}", Field + named);
    }

    private void Rest()
    {
        Add("linux.personality = {}", "linux.personality.domain");
        Add("""linux.personality = {"domain":7}""", "linux.personality.domain");
        Add("""linux.personality = "LINUX" """, "linux.personality");
        Add("""linux.personality = {"domain":"LINUX","flags":"x"}""", "linux.personality.flags");
        Add("linux.rootfsPropagation = 5", "linux.rootfsPropagation");
        Add("linux.mountLabel = [\"x\"]", "linux.mountLabel");
        Add($"domainname = \"{new string('x', 65)}\"", "domainname");
        Add("domainname = 7", "domainname");
        Add("""annotations = {"":"x"}""", "annotations");
        Add("linux.cgroupsPath = 7", "linux.cgroupsPath");
    }
}
