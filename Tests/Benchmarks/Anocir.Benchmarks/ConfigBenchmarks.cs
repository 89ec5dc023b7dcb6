using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Security;
using BenchmarkDotNet.Attributes;

namespace Anocir.Benchmarks;

/// <summary>What the supervisor does with a config.json of Docker's before anything is made: parse, check, plan, and the plan on the wire.</summary>
[MemoryDiagnoser]
public class ConfigBenchmarks
{
    private readonly byte[] _json = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "docker-hello.json"));
    private readonly SeccompCache _filters = new();
    private Spec _spec = null!;
    private InitPlan _plan = null!;
    private byte[] _wire = null!;

    [GlobalSetup]
    public void Prepare()
    {
        _spec = Parse();
        _plan = Plan();
        _wire = WritePlan().Written.ToArray();
    }

    [Benchmark]
    public Spec Parse() => SpecReader.Parse(_json);

    [Benchmark]
    public IReadOnlyList<string> Validate() => SpecValidator.Validate(_spec, new ValidationOptions());

    /// <summary>With the seccomp filter from the cache, as for every container of an engine but the first.</summary>
    [Benchmark]
    public InitPlan Plan() => new()
    {
        Rootfs = RootfsPlanner.Plan(_spec, "/run/bundle", new RootfsHostFacts { UnifiedCgroups = true, Cgroup2Path = "/sys/fs/cgroup/c1" }),
        Process = ProcessPlanner.Plan(_spec.Process!, _spec.Linux, new ProcessPlanOptions
        {
            ContainerId = "c1",
            Host = new ProcessHost(CapabilityNames.Last, false, false),
            Seccomp = _spec.Linux?.Seccomp is { } seccomp ? _filters.Get(seccomp) : null,
        }),
    };

    [Benchmark]
    public WireWriter WritePlan() => _plan.Write(new WireWriter());

    /// <summary>Init's side of it.</summary>
    [Benchmark]
    public InitPlan ReadPlan() => InitPlan.Read(new WireReader(_wire));
}
