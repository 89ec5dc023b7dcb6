using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups.Devices;

/// <summary>Attaches device programs to version 2 cgroups.</summary>
internal static class BpfDeviceFilter
{
    private const int ProgAttach = 8;
    private const int ProgDetach = 9;
    private const int ProgGetFdById = 13;
    private const uint CgroupDevice = 6;
    private const uint AllowMulti = 2;
    private const uint Replace = 4;
    private const int CacheSize = 64;

    // Most containers of a host have the same rules, and loading runs the verifier: a loaded program is attached again and again.
    private static readonly ConcurrentDictionary<string, FdHandle> Loaded = new(StringComparer.Ordinal);

    /// <summary>Attaches the rules; what was attached to this cgroup before is replaced in one step, so that no moment is without a filter.</summary>
    /// <param name="cgroup">The cgroup's directory.</param>
    /// <param name="rules">What may be used.</param>
    /// <param name="beside">Replace only programs of our own: each program of a cgroup has to allow.</param>
    /// <exception cref="SyscallException">The kernel has no such programs, or this process may not load them.</exception>
    internal static void Attach(FdHandle cgroup, DeviceRules rules, bool beside = false)
    {
        var program = Load(rules);
        var old = Attached(cgroup, beside);
        try
        {
            if (old.Count == 1)
            {
                Check(Call(ProgAttach, cgroup, program, AllowMulti | Replace, old[0]), "BPF_PROG_ATTACH");
                return;
            }

            Check(Call(ProgAttach, cgroup, program, AllowMulti, null), "BPF_PROG_ATTACH");
            // Programs of one cgroup are all asked and all must allow, so the old ones can go after the new one came.
            foreach (var other in old) Check(Call(ProgDetach, cgroup, other, 0, null), "BPF_PROG_DETACH");
        }
        finally
        {
            foreach (var other in old) other.Dispose();
        }
    }

    /// <summary>How many device programs are attached to the cgroup itself.</summary>
    internal static int Count(FdHandle cgroup)
    {
        Check(CgroupCalls.BpfQueryDevicePrograms(cgroup, new uint[64], out var count), "BPF_PROG_QUERY");
        return count;
    }

    private static FdHandle Load(DeviceRules rules)
    {
        var code = DeviceProgram.Build(rules);
        var key = Convert.ToBase64String(MemoryMarshal.AsBytes<ulong>(code));
        if (Loaded.TryGetValue(key, out var known)) return known;
        var program = new FdHandle(Check(CgroupCalls.BpfLoadDeviceProgram(code), "BPF_PROG_LOAD"));
        if (Loaded.Count < CacheSize && !Loaded.TryAdd(key, program))
        {
            program.Dispose();
            return Loaded[key];
        }

        // Beyond the cache the finalizer closes it: once attached, the cgroup holds the program.
        return program;
    }

    private static List<FdHandle> Attached(FdHandle cgroup, bool onlyOurs)
    {
        Span<uint> ids = stackalloc uint[64];
        var result = CgroupCalls.BpfQueryDevicePrograms(cgroup, ids, out var count);
        Check(result, "BPF_PROG_QUERY");
        var programs = new List<FdHandle>();
        Span<byte> attributes = stackalloc byte[12];
        foreach (var id in ids[..count])
        {
            attributes.Clear();
            MemoryMarshal.Write(attributes, id);
            var fd = CgroupCalls.Bpf(ProgGetFdById, attributes);
            // One that a security module hides can stay: it can only restrict.
            if (fd is -Errno.EPERM or -Errno.EACCES) continue;
            var program = new FdHandle(Check(fd, "BPF_PROG_GET_FD_BY_ID"));
            if (onlyOurs && !CgroupCalls.BpfIsOurs(program)) program.Dispose();
            else programs.Add(program);
        }

        return programs;
    }

    private static int Call(int command, FdHandle cgroup, FdHandle program, uint flags, FdHandle? replaced)
    {
        Span<byte> attributes = stackalloc byte[20];
        MemoryMarshal.Write(attributes, (uint)cgroup.Value);
        MemoryMarshal.Write(attributes[4..], (uint)program.Value);
        MemoryMarshal.Write(attributes[8..], CgroupDevice);
        MemoryMarshal.Write(attributes[12..], flags);
        MemoryMarshal.Write(attributes[16..], (uint)(replaced?.Value ?? 0));
        var result = CgroupCalls.Bpf(command, attributes);
        GC.KeepAlive(cgroup);
        GC.KeepAlive(program);
        GC.KeepAlive(replaced);
        return result;
    }

    private static int Check(int result, string command) =>
        result >= 0 ? result : throw new SyscallException($"bpf {command} of the device filter", -result);
}
