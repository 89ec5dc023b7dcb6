using System.Text;
using Anocir.Cli.Arguments;
using Anocir.Cli.Client;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Commands;

internal sealed class UpdateCommand : Command
{
    private const int MaxDocument = 16 * 1024 * 1024;

    /// <summary>Those that stand for one resource each; the supervisor reads their values.</summary>
    private static readonly Option[] _single =
    [
        new("blkio-weight", "Specifies per cgroup weight, range is from 10 to 1000", Value: "value"),
        new("cpu-period", "CPU CFS period to be used for hardcapping (in usecs). 0 to use system default", Value: "value"),
        new("cpu-quota", "CPU CFS hardcap limit (in usecs). Allowed cpu time in a given period", Value: "value"),
        new("cpu-burst", "CPU CFS hardcap burst limit (in usecs). Allowed accumulated cpu time additionally for burst a given period", Value: "value"),
        new("cpu-share", "CPU shares (relative weight vs. other containers)", Value: "value"),
        new("cpu-rt-period", "CPU realtime period to be used for hardcapping (in usecs). 0 to use system default", Value: "value"),
        new("cpu-rt-runtime", "CPU realtime hardcap limit (in usecs). Allowed cpu time in a given period", Value: "value"),
        new("cpuset-cpus", "CPU(s) to use", Value: "value"),
        new("cpuset-mems", "Memory node(s) to use", Value: "value"),
        new("cpu-idle", "set cgroup SCHED_IDLE or not, 0: default behavior, 1: SCHED_IDLE", Value: "value"),
        new("kernel-memory", "(obsoleted; do not use)", Value: "value", Hidden: true),
        new("kernel-memory-tcp", "(obsoleted; do not use)", Value: "value", Hidden: true),
        new("memory", "Memory limit (in bytes)", Value: "value"),
        new("memory-reservation", "Memory reservation or soft_limit (in bytes)", Value: "value"),
        new("memory-swap", "Total memory usage (memory + swap); set '-1' to enable unlimited swap", Value: "value"),
        new("pids-limit", "Maximum number of pids allowed in the container", Value: "value"),
    ];

    public override string Name => "update";
    public override string Summary => "update container resource constraints";

    public override IReadOnlyList<Option> Options { get; } =
    [
        new("resources", "path to the file containing the resources to update or '-' to read from the standard input", 'r', "value"),
        .. _single,
        new("l3-cache-schema", "The string of Intel RDT/CAT L3 cache schema", Value: "value"),
        new("mem-bw-schema", "The string of Intel RDT/MBA memory bandwidth schema", Value: "value"),
    ];

    public override string Description =>
        """
           The update command changes limits of a container: all that are given, or none when one of
           them is refused. The file of --resources is JSON in the form of linux.resources of a
           config.json; what it leaves out or sets to 0 stays. With it the single flags are ignored.
        """;

    public override int Run(ParsedArguments arguments, GlobalOptions global)
    {
        string? document = null;
        if (arguments.Value("resources") is { Length: > 0 } path) document = Read(path);
        var request = SupervisorClient.NewRequest(Verb.Update, global, arguments.Positionals[0]) with
        {
            Update = new UpdateOptions
            {
                Document = document,
                Flags = [.. _single.Where(o => document is null && arguments.Value(o.Name) is not null).Select(o => $"{o.Name}={arguments.Value(o.Name)}")],
                L3CacheSchema = arguments.Value("l3-cache-schema") ?? "",
                MemoryBandwidthSchema = arguments.Value("mem-bw-schema") ?? "",
            },
        };
        return SupervisorClient.Call(request, global.Log);
    }

    /// <summary>From where it stands, to the end: standard input may be a file that somebody has read the beginning of.</summary>
    private static string Read(string path)
    {
        var name = path == "-" ? "stdin" : path;
        using var file = path == "-" ? Sys.Borrow(0) : Sys.Open(path, Sys.ORdOnly);
        var bytes = new byte[8192];
        var length = 0;
        while (Sys.Read(file, bytes.AsSpan(length), name) is var count and > 0)
        {
            length += count;
            if (length > MaxDocument) throw new ContainerException($"{name} is longer than {MaxDocument} bytes");
            if (length == bytes.Length) Array.Resize(ref bytes, length * 2);
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
