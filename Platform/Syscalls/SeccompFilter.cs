namespace Anocir.Platform.Syscalls;

/// <summary>A filter under construction in libseccomp, freed on disposal. Methods give 0 or a positive errno.</summary>
internal sealed unsafe class SeccompFilter : IDisposable
{
    private nint _filter;

    internal SeccompFilter(uint defaultAction)
    {
        _filter = LibSeccomp.seccomp_init(defaultAction);
        if (_filter == 0) throw new SyscallException($"make a seccomp filter with default action 0x{defaultAction:x8}", Errno.EINVAL);
    }

    internal int AddArchitecture(uint architecture) => -LibSeccomp.seccomp_arch_add(_filter, architecture);

    internal int Optimize(uint level) => -LibSeccomp.seccomp_attr_set(_filter, LibSeccomp.AttributeOptimize, level);

    internal int AddRule(uint action, int syscall, ReadOnlySpan<LibSeccomp.Comparison> comparisons)
    {
        fixed (LibSeccomp.Comparison* p = comparisons)
            return -LibSeccomp.seccomp_rule_add_array(_filter, action, syscall, (uint)comparisons.Length, p);
    }

    /// <summary>The instructions. By way of a memfd: seccomp_export_bpf_mem came with libseccomp 2.6.</summary>
    internal byte[] Export()
    {
        using var memory = ProcessCalls.MemoryFile("anocir-seccomp");
        var errno = -LibSeccomp.seccomp_export_bpf(_filter, memory.Value);
        if (errno != 0) throw new SyscallException("export the seccomp filter", errno);
        var length = Libc.lseek(memory.Value, 0, 2);
        Libc.lseek(memory.Value, 0, 0);
        var program = new byte[length];
        Sys.Read(memory, program, "the seccomp filter");
        return program;
    }

    public void Dispose()
    {
        if (_filter != 0) LibSeccomp.seccomp_release(_filter);
        _filter = 0;
    }
}
