using System.Buffers.Binary;

namespace Anocir.Runtime.Tests.Seccomp;

/// <summary>
/// Static programs for x86-64 that make exactly the system calls they are told to, written as machine code: no libc stands between
/// a test and the kernel, and no compiler is needed.
/// </summary>
internal sealed class SyscallProgram
{
    private const ulong LoadAddress = 0x400000;
    private const int HeaderLength = 64 + 56; // Elf64_Ehdr, Elf64_Phdr

    // mov r64, imm64 of rdi, rsi, rdx, r10, r8, r9
    private static readonly byte[][] MoveLong = [[0x48, 0xbf], [0x48, 0xbe], [0x48, 0xba], [0x49, 0xba], [0x49, 0xb8], [0x49, 0xb9]];

    // mov r32, imm32 of ebx, ecx, edx, esi, edi, ebp
    private static readonly byte[] MoveInt = [0xbb, 0xb9, 0xba, 0xbe, 0xbf, 0xbd];

    private readonly List<byte> _code = [];

    /// <summary>A call as a 64-bit program makes it; what it returns is printed as 8 bytes. With bit 30 in its number it is one of x32.</summary>
    public SyscallProgram Call(uint number, params ulong[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++) Emit([.. MoveLong[i], .. Long(arguments[i])]);
        Emit([0xb8, .. Int(number), 0x0f, 0x05]); // mov eax, number; syscall
        return Print();
    }

    /// <summary>A call as a 32-bit program makes it.</summary>
    public SyscallProgram Call32(uint number, params uint[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++) Emit([MoveInt[i], .. Int(arguments[i])]);
        Emit([0xb8, .. Int(number), 0xcd, 0x80, 0x48, 0x63, 0xc0]); // mov eax, number; int 0x80; movsxd rax, eax
        return Print();
    }

    /// <summary>Writes the program, which exits with 0 after its last call.</summary>
    public void Save(string path) => Save(path, [.. _code, 0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]); // mov eax, exit; xor edi, edi; syscall

    /// <summary>
    /// Writes a program that puts itself under a filter and executes what its arguments say:
    /// <c>prctl(PR_SET_NO_NEW_PRIVS, 1); seccomp(SET_MODE_FILTER, 0, filter); execve(argv[1], argv + 1, envp)</c>.
    /// </summary>
    public static void SaveFiltered(string path, byte[] filter)
    {
        byte[] Code(ulong descriptor) =>
        [
            0xb8, 157, 0, 0, 0, 0xbf, 38, 0, 0, 0, 0xbe, 1, 0, 0, 0, 0x31, 0xd2, 0x4d, 0x31, 0xd2, 0x4d, 0x31, 0xc0, 0x0f, 0x05,
            0xb8, .. Int(317), 0xbf, 1, 0, 0, 0, 0x31, 0xf6, 0x48, 0xba, .. Long(descriptor), 0x0f, 0x05,
            // The kernel's start: argc at [rsp], argv behind it, envp behind argv's null.
            0x48, 0x8b, 0x04, 0x24, 0x48, 0x8d, 0x54, 0xc4, 0x10, 0x48, 0x8d, 0x74, 0x24, 0x10, 0x48, 0x8b, 0x3e, 0xb8, 59, 0, 0, 0, 0x0f, 0x05,
            0xb8, 60, 0, 0, 0, 0xbf, 99, 0, 0, 0, 0x0f, 0x05,
        ];
        // struct sock_fprog and the instructions stand behind the code, aligned to 8.
        var at = (HeaderLength + Code(0).Length + 7) / 8 * 8;
        var code = Code(LoadAddress + (ulong)at);
        var padding = new byte[at - HeaderLength - code.Length];
        Save(path, [.. code, .. padding, .. Long((ulong)(filter.Length / 8)), .. Long(LoadAddress + (ulong)at + 16), .. filter]);
    }

    /// <summary>Answers of a program's calls as it printed them: a result, or an errno below zero.</summary>
    public static long[] Answers(byte[] printed) =>
        [.. Enumerable.Range(0, printed.Length / 8).Select(i => BinaryPrimitives.ReadInt64LittleEndian(printed.AsSpan(8 * i)))];

    // push rax; write(1, rsp, 8); pop rax
    private SyscallProgram Print() => Emit([0x50, 0x48, 0x89, 0xe6, 0xba, 8, 0, 0, 0, 0xbf, 1, 0, 0, 0, 0xb8, 1, 0, 0, 0, 0x0f, 0x05, 0x58]);

    private SyscallProgram Emit(byte[] bytes)
    {
        _code.AddRange(bytes);
        return this;
    }

    internal static void Save(string path, byte[] code)
    {
        var length = (ulong)(HeaderLength + code.Length);
        byte[] elf =
        [
            0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            2, 0, 62, 0, .. Int(1), .. Long(LoadAddress + HeaderLength), .. Long(64), .. Long(0), .. Int(0), 64, 0, 56, 0, 1, 0, 64, 0, 0, 0, 0, 0,
            .. Int(1), .. Int(5), .. Long(0), .. Long(LoadAddress), .. Long(LoadAddress), .. Long(length), .. Long(length), .. Long(0x1000),
            .. code,
        ];
        File.WriteAllBytes(path, elf);
        File.SetUnixFileMode(path, (UnixFileMode)0x1ED /* 0755 */);
    }

    private static byte[] Int(uint value) => BitConverter.GetBytes(value);

    private static byte[] Long(ulong value) => BitConverter.GetBytes(value);
}
