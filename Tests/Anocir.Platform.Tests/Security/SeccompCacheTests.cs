using Anocir.Platform.Oci;
using Anocir.Platform.Security;
using Xunit;

namespace Anocir.Platform.Tests.Security;

public sealed class SeccompCacheTests
{
    private static Seccomp Profile(int i, string name = "mkdir") =>
        new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new SeccompSyscall { Action = "SCMP_ACT_ERRNO", ErrnoRet = (uint)i, Names = [name] }] };

    private static SeccompProgram Program() => new(new byte[8], 0, false);

    [Fact]
    public void Get_equal_profiles_compile_once()
    {
        var compiled = 0;
        var cache = new SeccompCache(4, _ => { Interlocked.Increment(ref compiled); return Program(); });

        var first = cache.Get(Profile(1));

        Assert.Same(first, cache.Get(Profile(1)));
        Assert.Equal(1, compiled);
        Assert.NotSame(first, cache.Get(Profile(2)));
        Assert.NotSame(first, cache.Get(Profile(1, "chmod")));
        Assert.NotSame(first, cache.Get(Profile(1) with { Flags = [] }));
        Assert.Equal(4, compiled);
    }

    [Fact]
    public void Get_beyond_capacity_forgets_the_one_unused_for_longest()
    {
        var compiled = new List<uint?>();
        var cache = new SeccompCache(2, p => { compiled.Add(p.Syscalls![0].ErrnoRet); return Program(); });

        foreach (var i in new[] { 1, 2, 1, 3, 1, 2 }) cache.Get(Profile(i));

        Assert.Equal([1u, 2u, 3u, 2u], compiled);
    }

    [Fact]
    public void Get_failure_is_not_kept()
    {
        var fail = true;
        var cache = new SeccompCache(2, _ => fail ? throw new ContainerException("no") : Program());
        Assert.Throws<ContainerException>(() => cache.Get(Profile(1)));
        fail = false;

        Assert.NotNull(cache.Get(Profile(1)));
    }

    [Fact]
    public void Get_from_many_threads_at_once_compiles_once()
    {
        var compiled = 0;
        using var entered = new ManualResetEventSlim();
        var cache = new SeccompCache(2, _ =>
        {
            Interlocked.Increment(ref compiled);
            entered.Wait();
            return Program();
        });
        var threads = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() => cache.Get(Profile(1)), TaskCreationOptions.LongRunning)).ToArray();
        entered.Set();

        var programs = threads.Select(t => t.GetAwaiter().GetResult()).Distinct(ReferenceEqualityComparer.Instance);

        Assert.Single(programs);
        Assert.Equal(1, compiled);
    }
}
