using System.Buffers.Binary;
using Anocir.Platform.Tests.Security;

namespace Anocir.Runtime.Tests.Seccomp;

/// <summary>The seccomp filters of one process, the newest first, decided over as the kernel does: each is run, the strictest answer holds.</summary>
internal sealed class FilterStack(IReadOnlyList<byte[]> programs)
{
    private const uint ActionOnly = 0xffff_0000;

    private readonly BpfMachine[] _machines = [.. programs.Select(p => new BpfMachine(p))];

    public int Count => programs.Count;

    /// <summary>Instructions that a call of x86-64 costs, the mean of those up to statx (332): what every call of the container pays.</summary>
    public double Cost
    {
        get
        {
            var before = _machines.Sum(m => m.Steps);
            for (var number = 0u; number <= 332; number++) Decide(0xc000003e, number);
            return (_machines.Sum(m => m.Steps) - before) / 333.0;
        }
    }

    /// <summary>Every number that an instruction compares with, or masks by.</summary>
    public IEnumerable<uint> Constants => programs.SelectMany(ConstantsOf).Distinct();

    public uint Decide(uint architecture, uint number, params ulong[] arguments)
    {
        // kernel/seccomp.c, seccomp_run_filters: compared as signed, the newest of equals keeps its data.
        var strictest = 0x7fff_0000u;
        foreach (var machine in _machines)
        {
            var one = machine.Run(architecture, number, arguments);
            if ((int)(one & ActionOnly) < (int)(strictest & ActionOnly)) strictest = one;
        }

        return strictest;
    }

    /// <summary>The arguments that bear on the decision for this call, by bit, as far as the path for these values shows.</summary>
    public int ArgumentsRead(uint architecture, uint number, params ulong[] arguments)
    {
        foreach (var machine in _machines) machine.ArgumentsRead = 0;
        Decide(architecture, number, arguments);
        return _machines.Aggregate(0, (bits, machine) => bits | machine.ArgumentsRead);
    }

    private static IEnumerable<uint> ConstantsOf(byte[] program)
    {
        for (var at = 0; at < program.Length; at += 8)
        {
            var code = BinaryPrimitives.ReadUInt16LittleEndian(program.AsSpan(at));
            if (code is 0x15 or 0x25 or 0x35 or 0x45 or 0x54) yield return BinaryPrimitives.ReadUInt32LittleEndian(program.AsSpan(at + 4));
        }
    }
}
