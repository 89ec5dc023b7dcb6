using Anocir.Platform.Ipc;
using Anocir.Platform.Processes;

namespace Anocir.Platform.Launch;

/// <summary>All that a process does that has joined a running container: enter the cgroups, open its terminal, become the user's program.</summary>
/// <remarks>Descriptors of the frame: the console socket if there is one, then a <c>tasks</c> file for each v1 hierarchy.</remarks>
public sealed record ExecPlan
{
    public required ProcessPlan Process { get; init; }
    public bool ConsoleSocket { get; init; }
    public int CgroupCount { get; init; }
    /// <summary>CPUs before and after the cgroup is entered (config.md, execCPUAffinity): null leaves them.</summary>
    public string? InitialCpus { get; init; }
    public string? FinalCpus { get; init; }

    public WireWriter Write(WireWriter w)
    {
        Process.Write(w);
        return w.Bool(ConsoleSocket).Int(CgroupCount).String(InitialCpus).String(FinalCpus);
    }

    public static ExecPlan Read(WireReader r) => new()
    {
        Process = ProcessPlan.Read(r),
        ConsoleSocket = r.Bool(),
        CgroupCount = r.Int(),
        InitialCpus = r.OptionalString(),
        FinalCpus = r.OptionalString(),
    };
}
