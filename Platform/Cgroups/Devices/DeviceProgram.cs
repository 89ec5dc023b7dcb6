namespace Anocir.Platform.Cgroups.Devices;

/// <summary>
/// Device rules as an eBPF program (BPF_PROG_TYPE_CGROUP_DEVICE). The kernel runs it at each open and mknod with a struct bpf_cgroup_dev_ctx:
/// access in the upper and type in the lower half of the first word, then major, then minor. It returns 1 to allow.
/// </summary>
internal static class DeviceProgram
{
    private const uint TypeBlock = 1;
    private const uint TypeChar = 2;

    // Opcodes of linux/bpf.h: class | operation | source.
    private const byte LoadWord = 0x61;
    private const byte AndImmediate = 0x54;
    private const byte ShiftRightImmediate = 0x74;
    private const byte MoveRegister = 0xbc;
    private const byte MoveImmediate = 0xb4;
    private const byte JumpIfNotEqual32 = 0x56;
    private const byte JumpIfEqual32 = 0x16;
    private const byte JumpIfRegistersDiffer32 = 0x5e;
    private const byte Exit = 0x95;

    /// <summary>The instructions, eight bytes each.</summary>
    internal static ulong[] Build(DeviceRules rules)
    {
        var code = new List<ulong>
        {
            Instruction(LoadWord, 2, 1, 0, 0),
            Instruction(AndImmediate, 2, 0, 0, 0xffff),
            Instruction(LoadWord, 3, 1, 0, 0),
            Instruction(ShiftRightImmediate, 3, 0, 0, 16),
            Instruction(LoadWord, 4, 1, 4, 0),
            Instruction(LoadWord, 5, 1, 8, 0),
        };
        foreach (var (number, access) in rules.Exceptions) AddException(code, number, access, rules.AllowByDefault);
        AddReturn(code, rules.AllowByDefault);
        return [.. code];
    }

    private static void AddException(List<ulong> code, DeviceNumber number, DeviceAccess access, bool denies)
    {
        // Each test that fails jumps over the rest of the block. The block is built first to know its length.
        var tests = new List<(byte Opcode, byte Register, uint Value)> { (JumpIfNotEqual32, 2, number.Type == 'b' ? TypeBlock : TypeChar) };
        if (number.Major is { } major) tests.Add((JumpIfNotEqual32, 4, major));
        if (number.Minor is { } minor) tests.Add((JumpIfNotEqual32, 5, minor));
        var accessTest = access != DeviceAccess.All;
        var length = tests.Count + (accessTest ? 3 : 0) + 2;
        foreach (var (opcode, register, value) in tests)
            code.Add(Instruction(opcode, register, 0, (short)(--length), value));
        if (accessTest)
        {
            length -= 3;
            code.Add(Instruction(MoveRegister, 1, 3, 0, 0));
            code.Add(Instruction(AndImmediate, 1, 0, 0, (uint)access));
            // To allow, every access that is asked for must be in the exception; to deny, one is enough (security/device_cgroup.c).
            code.Add(denies ? Instruction(JumpIfEqual32, 1, 0, (short)length, 0) : Instruction(JumpIfRegistersDiffer32, 1, 3, (short)length, 0));
        }

        AddReturn(code, !denies);
    }

    private static void AddReturn(List<ulong> code, bool allow)
    {
        code.Add(Instruction(MoveImmediate, 0, 0, 0, allow ? 1u : 0u));
        code.Add(Instruction(Exit, 0, 0, 0, 0));
    }

    // struct bpf_insn: code, dst_reg:4, src_reg:4, off, imm; little-endian on both architectures.
    private static ulong Instruction(byte opcode, byte destination, byte source, short offset, uint immediate) =>
        opcode | ((ulong)(destination | (source << 4)) << 8) | ((ulong)(ushort)offset << 16) | ((ulong)immediate << 32);
}
