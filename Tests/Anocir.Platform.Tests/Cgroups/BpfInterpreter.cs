namespace Anocir.Platform.Tests.Cgroups;

/// <summary>As much of eBPF as a device filter uses, by the kernel's documentation of the instruction set.</summary>
internal static class BpfInterpreter
{
    internal static bool Run(ulong[] program, uint type, uint access, uint major, uint minor)
    {
        uint[] context = [(access << 16) | type, major, minor];
        var registers = new ulong[11];
        for (var at = 0; ; at++)
        {
            var instruction = program[at];
            var destination = (int)(instruction >> 8) & 0xf;
            var source = (int)(instruction >> 12) & 0xf;
            var offset = (short)(instruction >> 16);
            var immediate = (uint)(instruction >> 32);
            switch ((byte)instruction)
            {
                case 0x61 when source == 1:
                    registers[destination] = context[offset / 4];
                    break;
                case 0x54:
                    registers[destination] = (uint)registers[destination] & immediate;
                    break;
                case 0x74:
                    registers[destination] = (uint)registers[destination] >> (int)immediate;
                    break;
                case 0xbc:
                    registers[destination] = (uint)registers[source];
                    break;
                case 0xb4:
                    registers[destination] = immediate;
                    break;
                case 0x56:
                    if ((uint)registers[destination] != immediate) at += offset;
                    break;
                case 0x16:
                    if ((uint)registers[destination] == immediate) at += offset;
                    break;
                case 0x5e:
                    if ((uint)registers[destination] != (uint)registers[source]) at += offset;
                    break;
                case 0x95:
                    return registers[0] != 0;
                default:
                    throw new InvalidOperationException($"unknown instruction {instruction:x16} at {at}");
            }
        }
    }
}
