using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Security;

/// <summary>
/// The head of a filter that answers ENOSYS to system calls newer than anything its profile names.
/// </summary>
/// <remarks>
/// Programs try a new call first and fall back when it is not there; a profile's default action (EPERM, or a kill) would stop them instead.
/// One block per kernel architecture, each: wrong architecture → next block; number above the profile's largest → ENOSYS; else → the filter.
/// x86-64 and x32 share one kernel architecture, told apart by bit 30 of the number.
/// </remarks>
internal static class EnosysStub
{
    private const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort JumpAlways = 0x05; // BPF_JMP | BPF_JA
    private const ushort JumpEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort JumpGreater = 0x25; // BPF_JMP | BPF_JGT | BPF_K
    private const ushort JumpAnyBit = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint X32Bit = 1 << 30;

    // struct sock_filter
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint K);

    /// <summary>The instructions to put before a filter; empty when no architecture has a number.</summary>
    /// <param name="largest">The largest system call number that the profile names, by SCMP_ARCH_* token.</param>
    internal static byte[] Build(IReadOnlyDictionary<uint, int> largest)
    {
        var code = new List<Instruction>();
        foreach (var (architecture, number) in largest)
        {
            // Written with its x86-64 half, if there is one.
            if (architecture == SeccompNames.ArchX32 && largest.ContainsKey(SeccompNames.ArchX86_64)) continue;
            var body = Body(architecture, number, largest);
            var kernelName = architecture == SeccompNames.ArchX32 ? SeccompNames.ArchX86_64 : architecture;
            code.Add(new Instruction(LoadWord, 0, 0, ArchitectureOffset));
            code.Add(new Instruction(JumpEqual, 0, (byte)body.Count, kernelName));
            code.AddRange(body);
        }

        // "To the filter" is the distance to the end, known only now.
        for (var i = 0; i < code.Count; i++)
            if (code[i].Code == JumpAlways) code[i] = code[i] with { K = (uint)(code.Count - i - 1) };
        return MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(code)).ToArray();
    }

    private static List<Instruction> Body(uint architecture, int number, IReadOnlyDictionary<uint, int> largest)
    {
        var load = new Instruction(LoadWord, 0, 0, NumberOffset);
        var enosys = new Instruction(Return, 0, 0, SeccompNames.ActErrno | Errno.ENOSYS);
        var toFilter = new Instruction(JumpAlways, 0, 0, 0);
        if (architecture is not (SeccompNames.ArchX86_64 or SeccompNames.ArchX32))
            return [load, new(JumpGreater, 0, 1, (uint)number), enosys, toFilter];
        // The half that the profile does not list is left to the filter, which treats it as a foreign architecture.
        if (architecture == SeccompNames.ArchX32)
            return [load, new(JumpAnyBit, 0, 2, X32Bit), new(JumpGreater, 0, 1, (uint)number), enosys, toFilter];
        if (!largest.TryGetValue(SeccompNames.ArchX32, out var x32))
            return [load, new(JumpAnyBit, 2, 0, X32Bit), new(JumpGreater, 0, 1, (uint)number), enosys, toFilter];
        return
        [
            load,
            new(JumpAnyBit, 1, 0, X32Bit),
            new(JumpGreater, 1, 2, (uint)number),
            new(JumpGreater, 0, 1, (uint)x32),
            enosys,
            toFilter,
        ];
    }
}
