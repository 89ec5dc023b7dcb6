using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

/// <summary>The parts of libseccomp that build a filter. Loaded at the first call, by the supervisor only. Results are 0 (or a number) or −errno.</summary>
internal static unsafe partial class LibSeccomp
{
    private const string Name = "libseccomp.so.2";

    internal const int AttributeOptimize = 8;

    /// <summary>struct scmp_arg_cmp</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Comparison
    {
        internal uint Argument;
        internal int Operator;
        internal ulong DatumA;
        internal ulong DatumB;
    }

    [LibraryImport(Name)] internal static partial nint seccomp_init(uint defaultAction);
    [LibraryImport(Name)] internal static partial void seccomp_release(nint filter);
    [LibraryImport(Name)] internal static partial uint seccomp_arch_native();
    [LibraryImport(Name)] internal static partial int seccomp_arch_add(nint filter, uint architecture);
    [LibraryImport(Name)] internal static partial int seccomp_attr_set(nint filter, int attribute, uint value);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)] internal static partial int seccomp_syscall_resolve_name(string name);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)] internal static partial int seccomp_syscall_resolve_name_arch(uint architecture, string name);
    [LibraryImport(Name)] internal static partial int seccomp_rule_add_array(nint filter, uint action, int syscall, uint count, Comparison* comparisons);
    [LibraryImport(Name)] internal static partial int seccomp_export_bpf(nint filter, int fd);
    [LibraryImport(Name)] private static partial uint* seccomp_version();

    /// <summary>"2.5.4".</summary>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    internal static string Version()
    {
        var v = seccomp_version();
        return $"{v[0]}.{v[1]}.{v[2]}";
    }
}
