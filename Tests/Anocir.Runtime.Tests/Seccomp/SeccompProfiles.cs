namespace Anocir.Runtime.Tests.Seccomp;

/// <summary>Profiles that use what the engines' default ones do not. Each lets a busybox and runc's own runtime live.</summary>
internal static class SeccompProfiles
{
    private static readonly string[] X86 = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"];

    public static IReadOnlyDictionary<string, Func<JsonObject>> All { get; } = new Dictionary<string, Func<JsonObject>>
    {
        ["allow, deny two"] = () => Allow(Rule("SCMP_ACT_ERRNO", ["mkdir", "chmod"])),
        ["allow, no architectures"] = () => Without(Allow(Rule("SCMP_ACT_ERRNO", ["mkdir", "chmod"])), "architectures"),
        ["errnoRet"] = () => Allow(Rule("SCMP_ACT_ERRNO", ["mkdir"], errnoRet: 100), Rule("SCMP_ACT_ERRNO", ["chmod"], errnoRet: 0), Rule("SCMP_ACT_TRACE", ["acct"], errnoRet: 7)),
        ["every action"] = () => Allow(
            Rule("SCMP_ACT_KILL", ["acct"]), Rule("SCMP_ACT_KILL_THREAD", ["swapon"]), Rule("SCMP_ACT_KILL_PROCESS", ["swapoff"]), Rule("SCMP_ACT_TRAP", ["reboot"]),
            Rule("SCMP_ACT_LOG", ["mkdir"]), Rule("SCMP_ACT_TRACE", ["chmod"]), Rule("SCMP_ACT_ERRNO", ["vhangup"]), Rule("SCMP_ACT_ALLOW", ["getcwd"])),
        ["errno, docker's list"] = () => Docker(),
        ["defaultErrnoRet"] = () => Docker(p => p["defaultErrnoRet"] = 6),
        ["defaultErrnoRet ENOSYS"] = () => Docker(p => p["defaultErrnoRet"] = 38),
        ["default trap"] = () => Docker(p => p["defaultAction"] = "SCMP_ACT_TRAP"),
        ["default kill"] = () => Docker(p => p["defaultAction"] = "SCMP_ACT_KILL"),
        ["default kill process"] = () => Docker(p => p["defaultAction"] = "SCMP_ACT_KILL_PROCESS"),
        ["default log"] = () => Docker(p => p["defaultAction"] = "SCMP_ACT_LOG"),
        ["default trace"] = () => Docker(p => (p["defaultAction"], p["defaultErrnoRet"]) = ("SCMP_ACT_TRACE", 9)),
        ["x86-64 only"] = () => Docker(p => p["architectures"] = new JsonArray("SCMP_ARCH_X86_64")),
        ["x86-64 and x86"] = () => Docker(p => p["architectures"] = new JsonArray("SCMP_ARCH_X86_64", "SCMP_ARCH_X86")),
        ["x86-64 and x32"] = () => Docker(p => p["architectures"] = new JsonArray("SCMP_ARCH_X86_64", "SCMP_ARCH_X32")),
        ["no architectures"] = () => Docker(p => p.Remove("architectures")),
        ["architectures of other machines too"] = () => Docker(p => p["architectures"] = new JsonArray("SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_X86")),
        ["flag log"] = () => Docker(p => p["flags"] = new JsonArray("SECCOMP_FILTER_FLAG_LOG")),
        ["flag spec allow"] = () => Docker(p => p["flags"] = new JsonArray("SECCOMP_FILTER_FLAG_SPEC_ALLOW")),
        ["flag tsync"] = () => Docker(p => p["flags"] = new JsonArray("SECCOMP_FILTER_FLAG_TSYNC")),
        ["all flags"] = () => Docker(p => p["flags"] = new JsonArray("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC")),
        ["no flags said, empty"] = () => Docker(p => p["flags"] = new JsonArray()),
        ["every operator"] = () => Allow(
            Rule("SCMP_ACT_ERRNO", ["personality"], 1, Arg(0, "NE", 5), Arg(1, "GT", 7)),
            Rule("SCMP_ACT_ERRNO", ["acct"], 2, Arg(0, "LT", 0x1_0000_0005)),
            Rule("SCMP_ACT_ERRNO", ["swapon"], 3, Arg(0, "LE", 0x7fff_ffff)),
            Rule("SCMP_ACT_ERRNO", ["swapoff"], 4, Arg(0, "EQ", 0xffff_ffff_ffff_fffe)),
            Rule("SCMP_ACT_ERRNO", ["chroot"], 5, Arg(0, "GE", 0x8000_0000_0000_0000)),
            Rule("SCMP_ACT_ERRNO", ["kcmp"], 6, Arg(2, "GT", 0xffff_ffff), Arg(4, "EQ", 3)),
            Rule("SCMP_ACT_ERRNO", ["add_key"], 7, Arg(3, "MASKED_EQ", 0xf0f0_0000_f0f0, 0x1010_0000_1010)),
            Rule("SCMP_ACT_ERRNO", ["request_key"], 8, Arg(3, "MASKED_EQ", 0xff, 0x1ff))),
        ["masked clone"] = () => Docker(p => p["syscalls"]!.AsArray().Add((JsonNode)Rule("SCMP_ACT_ERRNO", ["unshare"], 28, Arg(0, "MASKED_EQ", 0x7e02_0000, 0x0002_0000)))),
        ["several conditions on one argument"] = () => Allow(
            Rule("SCMP_ACT_ERRNO", ["socket"], 97, Arg(0, "EQ", 40), Arg(0, "EQ", 16), Arg(1, "EQ", 9)),
            Rule("SCMP_ACT_ERRNO", ["personality"], 5, Arg(0, "GE", 5), Arg(0, "LE", 50))),
        ["rules of one call with different actions"] = () => Allow(
            Rule("SCMP_ACT_ERRNO", ["personality"], 11, Arg(0, "EQ", 1)), Rule("SCMP_ACT_ERRNO", ["personality"], 12, Arg(0, "EQ", 2)),
            Rule("SCMP_ACT_LOG", ["personality"], null, Arg(0, "EQ", 3), Arg(1, "EQ", 4)), Rule("SCMP_ACT_TRAP", ["personality"], null, Arg(1, "GT", 1000))),
        ["podman's socket rule"] = () => Docker(p =>
        {
            p["syscalls"]!.AsArray().Add((JsonNode)Rule("SCMP_ACT_ERRNO", ["kcmp"], 22, Arg(0, "EQ", 16), Arg(2, "EQ", 9)));
            p["syscalls"]!.AsArray().Add((JsonNode)Rule("SCMP_ACT_ALLOW", ["kcmp"], null, Arg(2, "NE", 9)));
            p["syscalls"]!.AsArray().Add((JsonNode)Rule("SCMP_ACT_ALLOW", ["kcmp"], null, Arg(0, "NE", 16)));
        }),
        ["names of no call"] = () => Allow(Rule("SCMP_ACT_ERRNO", ["no_such_call", "socketcall", "arm_fadvise64_64", "s390_runtime_instr", "mkdir"])),
        ["calls of 32-bit machines"] = () => Allow(Rule("SCMP_ACT_ERRNO", ["socketcall", "ipc", "_newselect", "waitpid", "stat64", "clock_settime64"], 77)),
        ["calls that are multiplexed"] = () => Allow(
            Rule("SCMP_ACT_ERRNO", ["socket", "bind", "shmat", "msgget", "semop"], 77), Rule("SCMP_ACT_ERRNO", ["sendto"], 78, Arg(1, "EQ", 0))),
        ["very many rules"] = () => Allow([.. Enumerable.Range(0, 300).Select(i => Rule("SCMP_ACT_ERRNO", ["personality"], 1 + i % 100, Arg((uint)(i % 6), "EQ", (ulong)(1000 + 7 * i))))]),
        ["many rules with conditions on many calls"] = () => Allow(
            [.. new[] { "acct", "swapon", "swapoff", "add_key", "request_key", "kcmp", "chroot", "syslog", "mount", "umount2", "sethostname", "personality" }
                .SelectMany(name => Enumerable.Range(0, 20).Select(i => Rule("SCMP_ACT_ERRNO", [name], i + 1, Arg(0, "EQ", (ulong)i), Arg(1, "MASKED_EQ", 0xffu << (i % 8), (ulong)i))))]),
    };

    public static JsonObject Engine(string config) => EngineConfigs.Load(config)["linux"]!["seccomp"]!.DeepClone().AsObject();

    public static JsonObject Rule(string action, string[] names, int? errnoRet = null, params JsonObject[] args)
    {
        var rule = new JsonObject { ["names"] = new JsonArray([.. names.Select(n => (JsonNode)n)]), ["action"] = action };
        if (errnoRet is { } errno) rule["errnoRet"] = errno;
        if (args.Length > 0) rule["args"] = new JsonArray([.. args]);
        return rule;
    }

    public static JsonObject Allow(params JsonObject[] rules) =>
        new() { ["defaultAction"] = "SCMP_ACT_ALLOW", ["architectures"] = new JsonArray([.. X86.Select(a => (JsonNode)a)]), ["syscalls"] = new JsonArray([.. rules]) };

    private static JsonObject Docker(Action<JsonObject>? edit = null)
    {
        var profile = Engine("docker-hello.json");
        edit?.Invoke(profile);
        return profile;
    }

    private static JsonObject Without(JsonObject profile, string key)
    {
        profile.Remove(key);
        return profile;
    }

    private static JsonObject Arg(uint index, string op, ulong value, ulong valueTwo = 0) =>
        new() { ["index"] = index, ["value"] = value, ["valueTwo"] = valueTwo, ["op"] = "SCMP_CMP_" + op };
}
