namespace Anocir.Runtime.Tests.BadInput;

/// <summary>Values of update and events that cannot be: refused in one line that names them, and nothing is changed.</summary>
public sealed class BadUpdateTests(BadUpdateTests.Target target) : IClassFixture<BadUpdateTests.Target>
{
    [SkippableTheory]
    [InlineData("--memory", "abc", "invalid value for memory")]
    [InlineData("--memory", "-2", "invalid value for memory")]
    [InlineData("--memory", "5X", "invalid value for memory")]
    [InlineData("--memory", "1e3", "invalid value for memory")]
    [InlineData("--memory", "0x10", "invalid value for memory")]
    [InlineData("--memory", "64 M B", "invalid value for memory")]
    [InlineData("--memory", "99999999999999999999", "invalid value for memory")]
    [InlineData("--memory", "9000000p", "invalid value for memory")]
    [InlineData("--memory-swap", "x", "invalid value for memory-swap")]
    [InlineData("--memory-swap", "-7", "invalid value for memory-swap")]
    [InlineData("--memory-swap", "1k", "memory+swap limit should be >= memory limit")]
    [InlineData("--memory-reservation", "much", "invalid value for memory-reservation")]
    [InlineData("--memory-reservation", "-2", "invalid value for memory-reservation")]
    [InlineData("--kernel-memory", "x", "invalid value for kernel-memory")]
    [InlineData("--kernel-memory-tcp", "x", "invalid value for kernel-memory-tcp")]
    [InlineData("--cpu-period", "abc", "invalid value for cpu-period")]
    [InlineData("--cpu-period", "-1", "invalid value for cpu-period")]
    [InlineData("--cpu-period", "1.5", "invalid value for cpu-period")]
    [InlineData("--cpu-period", "999", "cpu.period")]
    [InlineData("--cpu-period", "1000001", "cpu.period")]
    [InlineData("--cpu-period", "18446744073709551616", "invalid value for cpu-period")]
    [InlineData("--cpu-quota", "abc", "invalid value for cpu-quota")]
    [InlineData("--cpu-quota", "-2", "cpu.quota")]
    [InlineData("--cpu-quota", "5", "cpu.quota")]
    [InlineData("--cpu-quota", "+-5", "invalid value for cpu-quota")]
    [InlineData("--cpu-burst", "-1", "invalid value for cpu-burst")]
    [InlineData("--cpu-burst", "x", "invalid value for cpu-burst")]
    [InlineData("--cpu-burst", "600000", "cpu.burst: 600000 is above the quota of 500000")]
    [InlineData("--cpu-share", "-1", "invalid value for cpu-share")]
    [InlineData("--cpu-share", "many", "invalid value for cpu-share")]
    [InlineData("--cpu-rt-period", "-1", "invalid value for cpu-rt-period")]
    [InlineData("--cpu-rt-period", "1s", "invalid value for cpu-rt-period")]
    [InlineData("--cpu-rt-runtime", "x", "invalid value for cpu-rt-runtime")]
    [InlineData("--cpu-rt-runtime", "-5", "cpu.realtimeRuntime")]
    [InlineData("--cpuset-cpus", "a", "cpu.cpus")]
    [InlineData("--cpuset-cpus", "0-", "cpu.cpus")]
    [InlineData("--cpuset-cpus", "1;2", "cpu.cpus")]
    [InlineData("--cpuset-cpus", "4000", "cpuset.cpus")]
    [InlineData("--cpuset-mems", "x", "cpu.mems")]
    [InlineData("--cpuset-mems", "63", "cpuset.mems")]
    [InlineData("--cpu-idle", "2", "cpu.idle")]
    [InlineData("--cpu-idle", "-1", "cpu.idle")]
    [InlineData("--cpu-idle", "yes", "invalid value for cpu-idle")]
    [InlineData("--blkio-weight", "5", "blockIO.weight")]
    [InlineData("--blkio-weight", "1001", "blockIO.weight")]
    [InlineData("--blkio-weight", "70000", "blkio-weight")]
    [InlineData("--blkio-weight", "-5", "blkio-weight")]
    [InlineData("--blkio-weight", "heavy", "invalid value for blkio-weight")]
    [InlineData("--pids-limit", "ten", "invalid value for pids-limit")]
    [InlineData("--pids-limit", "1.5", "invalid value for pids-limit")]
    [InlineData("--pids-limit", "99999999999999999999", "invalid value for pids-limit")]
    [InlineData("--l3-cache-schema", "L3:0=f", "Intel RDT")]
    [InlineData("--mem-bw-schema", "MB:0=70", "Intel RDT")]
    [InlineData("--resources", "/nowhere/resources.json", "/nowhere/resources.json")]
    [InlineData("--resources", "/etc", "/etc")]
    [InlineData("--resources", "/dev/null", "resources: is empty")]
    [InlineData("--resources", "/dev/zero", "longer than")]
    [InlineData("--resources", "/etc/passwd", "resources: not valid JSON")]
    public void Flag_with_a_bad_value_is_refused(string flag, string value, string text)
    {
        target.Require();
        // Beside a good one, of which nothing must be left.
        string[] good = flag == "--pids-limit" ? [] : ["--pids-limit=15"];
        var result = target.Runtime.Call(["update", flag, value, .. good, target.Container.Id]);
        Assert.Contains(text, ErrorLine.MessageOf(result.Exits(1)), StringComparison.Ordinal);
        Assert.Equal("", result.Output);
        target.AssertUntouched();
    }

    [SkippableTheory]
    [InlineData("", "resources: is empty")]
    [InlineData("[]", "must be an object")]
    [InlineData("null", "resources")]
    [InlineData("{\"memory\":", "resources: not valid JSON")]
    [InlineData("{} x", "resources: not valid JSON")]
    [InlineData("{\"memory\":{\"limit\":\"64M\"}}", "resources: memory.limit: must be a whole number")]
    [InlineData("{\"memory\":{\"limit\":-5}}", "resources: memory.limit")]
    [InlineData("{\"memory\":{\"limit\":1e30}}", "resources: memory.limit")]
    [InlineData("{\"memory\":{},\"Memory\":{}}", "occurs twice")]
    [InlineData("{\"cpu\":{\"shares\":-1}}", "resources: cpu.shares")]
    [InlineData("{\"cpu\":{\"cpus\":5}}", "resources: cpu.cpus")]
    [InlineData("{\"pids\":{\"limit\":true}}", "resources: pids.limit")]
    [InlineData("{\"blockIO\":{\"weight\":70000}}", "resources: blockIO.weight")]
    [InlineData("{\"blockIO\":{\"throttleReadBpsDevice\":[null]}}", "throttleReadBpsDevice[0]: must not be null")]
    [InlineData("{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":-8,\"minor\":0,\"rate\":1}]}}", "is not a device number")]
    [InlineData("{\"devices\":[{\"allow\":true,\"type\":\"x\",\"access\":\"r\"}]}", "devices[0].type")]
    [InlineData("{\"devices\":[{\"allow\":true,\"type\":\"c\",\"access\":\"rx\"}]}", "devices[0].access")]
    [InlineData("{\"hugepageLimits\":[{\"pageSize\":\"../x\",\"limit\":1}]}", "pageSize")]
    [InlineData("{\"unified\":{\"../memory.max\":\"1\"}}", "no slashes")]
    [InlineData("{\"network\":{\"priorities\":[{\"name\":\"a b\",\"priority\":1}]}}", "network.priorities[0].name")]
    public void Bad_document_is_refused(string json, string text)
    {
        target.Require();
        var result = target.Runtime.Call(new Caller(Input: json), "update", "--resources", "-", target.Container.Id);
        Assert.Contains(text, ErrorLine.MessageOf(result.Exits(1)), StringComparison.Ordinal);
        target.AssertUntouched();
    }

    [SkippableTheory]
    [InlineData("update", "flag needs an argument: -memory", "--memory")]
    [InlineData("update", "flag provided but not defined: -nope", "--nope")]
    [InlineData("update", "\"update\" requires exactly 1 argument(s)", "one", "two")]
    [InlineData("update", "\"update\" requires exactly 1 argument(s)")]
    [InlineData("events", "\"events\" requires exactly 1 argument(s)")]
    [InlineData("events", "invalid value \"abc\" for flag -interval", "--interval", "abc", "x")]
    [InlineData("events", "invalid value \"5\" for flag -interval", "--interval", "5", "x")]
    [InlineData("events", "invalid value \"s\" for flag -interval", "--interval", "s", "x")]
    [InlineData("events", "invalid value \"5d\" for flag -interval", "--interval", "5d", "x")]
    [InlineData("events", "invalid value \"\" for flag -interval", "--interval", "", "x")]
    [InlineData("events", "invalid boolean value \"maybe\" for -stats", "--stats=maybe", "x")]
    public void Call_that_is_not_understood_shows_the_help(string verb, string text, params string[] words)
    {
        target.Require();
        var result = target.Runtime.Call([verb, .. words]).Exits(1);
        Assert.Contains(text, ErrorLine.MessageOf(result), StringComparison.Ordinal);
        result.Shows("Incorrect Usage.").Shows($"anocir {verb}");
    }

    [SkippableTheory]
    [InlineData("0")]
    [InlineData("0s")]
    [InlineData("-5s")]
    [InlineData("-1h30m")]
    public void Interval_that_never_comes_is_refused(string interval)
    {
        target.Require();
        Assert.Contains("duration interval must be greater than 0", ErrorLine.MessageOf(target.Runtime.Call("events", "--interval", interval, target.Container.Id).Exits(1)), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("update")]
    [InlineData("events")]
    public void Unknown_container_comes_before_bad_values(string verb)
    {
        target.Require();
        string[] words = verb == "update" ? ["--memory", "abc"] : ["--stats"];
        Assert.Contains("container does not exist", ErrorLine.MessageOf(target.Runtime.Call([verb, .. words, "nobody"]).Exits(1)), StringComparison.Ordinal);
    }

    /// <summary>A container that all of them try to change.</summary>
    public sealed class Target : IDisposable
    {
        private string? _before;

        public RuntimeFixture Runtime { get; } = new();

        public Container Container => field ??= Start();

        public void Require() => Runtime.RequireAnocir("the words are its own");

        public void AssertUntouched()
        {
            Assert.Equal(_before, Limits());
            Assert.DoesNotContain(" updated ", Runtime.Call("history", Container.Id).Ok().Output, StringComparison.Ordinal);
        }

        public void Dispose()
        {
            Runtime.Dispose();
        }

        private Container Start()
        {
            var container = Runtime.Container(c => c.Args("sleep", "1000").Set(
                "linux.resources", """{"memory":{"limit":33554432},"cpu":{"shares":100,"quota":500000,"period":1000000},"pids":{"limit":20}}"""));
            container.Create().Ok();
            container.Start().Ok();
            _before = Limits(container.Pid);
            return container;
        }

        private string Limits() => Limits(Container.Pid);

        private static string Limits(int pid) => string.Join(' ',
            Cgroups.Read(pid, "memory", "memory.limit_in_bytes", "memory.max"),
            Cgroups.Read(pid, "memory", "memory.soft_limit_in_bytes", "memory.low"),
            Cgroups.Read(pid, "cpu", "cpu.shares", "cpu.weight"),
            Cgroups.Read(pid, "cpu", "cpu.cfs_quota_us", "cpu.max"),
            Cgroups.Read(pid, "cpuset", "cpuset.cpus", "cpuset.cpus"),
            Cgroups.Read(pid, "pids", "pids.max", "pids.max"));
    }
}
