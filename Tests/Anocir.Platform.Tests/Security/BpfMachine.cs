using System.Buffers.Binary;

namespace Anocir.Platform.Tests.Security;

/// <summary>Runs a seccomp filter as the kernel would: the part of classic BPF that its checker lets through.</summary>
internal sealed class BpfMachine(ReadOnlyMemory<byte> program)
{
    internal const uint X86_64 = 0xc000003e;
    internal const uint I386 = 0x40000003;

    /// <summary>Instructions executed by all runs so far.</summary>
    internal long Steps { get; private set; }

    /// <summary>The arguments, by bit, that any run so far has looked at: on a path that reads none, none can matter.</summary>
    internal int ArgumentsRead { get; set; }

    internal uint Run(uint architecture, uint number, params ulong[] args)
    {
        Span<byte> data = stackalloc byte[64]; // struct seccomp_data
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], architecture);
        for (var i = 0; i < args.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(data[(16 + 8 * i)..], args[i]);

        uint a = 0, x = 0;
        Span<uint> memory = stackalloc uint[16];
        var code = program.Span;
        for (var pc = 0; ; pc++)
        {
            Steps++;
            var op = BinaryPrimitives.ReadUInt16LittleEndian(code[(8 * pc)..]);
            var ifTrue = code[8 * pc + 2];
            var ifFalse = code[8 * pc + 3];
            var k = BinaryPrimitives.ReadUInt32LittleEndian(code[(8 * pc + 4)..]);
            switch (op)
            {
                case 0x20:
                    a = BinaryPrimitives.ReadUInt32LittleEndian(data[(int)k..]);
                    if (k >= 16) ArgumentsRead |= 1 << (((int)k - 16) / 8);
                    break;
                case 0x00: a = k; break;
                case 0x60: a = memory[(int)k]; break;
                case 0x02: memory[(int)k] = a; break;
                case 0x07: x = a; break;
                case 0x87: a = x; break;
                case 0x54: a &= k; break;
                case 0x05: pc += (int)k; break;
                case 0x15: pc += a == k ? ifTrue : ifFalse; break;
                case 0x25: pc += a > k ? ifTrue : ifFalse; break;
                case 0x35: pc += a >= k ? ifTrue : ifFalse; break;
                case 0x45: pc += (a & k) != 0 ? ifTrue : ifFalse; break;
                case 0x06: return k;
                default: throw new InvalidDataException($"instruction {pc} has opcode 0x{op:x}");
            }
        }
    }
}
