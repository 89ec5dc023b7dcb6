namespace Anocir.Conformance.Tests.ConfigLinux;

/// <summary>linux.memoryPolicy, as the kernel tells of it in numa_maps.</summary>
public sealed class MemoryPolicyTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [InlineData("""{"mode":"MPOL_DEFAULT"}""", "default")]
    [InlineData("""{"mode":"MPOL_BIND","nodes":"0"}""", "bind:0")]
    [InlineData("""{"mode":"MPOL_INTERLEAVE","nodes":"0"}""", "interleave:0")]
    [InlineData("""{"mode":"MPOL_WEIGHTED_INTERLEAVE","nodes":"0"}""", "weighted interleave:0")]
    [InlineData("""{"mode":"MPOL_PREFERRED","nodes":"0"}""", "prefer:0")]
    [InlineData("""{"mode":"MPOL_PREFERRED_MANY","nodes":"0"}""", "prefer (many):0")]
    [InlineData("""{"mode":"MPOL_LOCAL"}""", "local")]
    [Clause("config-linux.md", "memory-policy", Strength.Must, 105)]
    public void Policy_of_memory_is_the_one_configured(string policy, string seen) => Try(policy, seen);

    [SkippableTheory]
    [InlineData("""{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES"]}""", "bind=static:0")]
    [InlineData("""{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_RELATIVE_NODES"]}""", "bind=relative:0")]
    [InlineData("""{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_NUMA_BALANCING"]}""", "bind=balancing:0")]
    [Clause("config-linux.md", "memory-policy", Strength.Must, 105)]
    public void Flag_of_the_policy_is_the_one_configured(string policy, string seen) => Try(policy, seen);

    [SkippableTheory]
    [InlineData("""{"mode":"MPOL_BOGUS","nodes":"0"}""")]
    [InlineData("""{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_BOGUS"]}""")]
    [InlineData("""{"mode":"MPOL_BIND","nodes":"zero"}""")]
    [Clause("config-linux.md", "memory-policy", Strength.Must, 105)]
    public void Policy_that_is_unknown_is_an_error(string policy) => runtime.RefusesAtStartAtTheLatest(c => c.Set("linux.memoryPolicy", policy));

    private void Try(string policy, string seen)
    {
        runtime.Require();
        Skip.IfNot(File.Exists("/proc/self/numa_maps"), "the kernel knows of no NUMA");
        var maps = runtime.Inside("cat /proc/self/numa_maps", c => c.Set("linux.memoryPolicy", policy));
        Assert.Contains($" {seen} ", maps.Split('\n')[0], StringComparison.Ordinal);
    }
}
