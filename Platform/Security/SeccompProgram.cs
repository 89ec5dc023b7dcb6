using Anocir.Platform.Ipc;

namespace Anocir.Platform.Security;

/// <summary>A seccomp filter ready to load.</summary>
/// <param name="Bpf">Instructions of classic BPF, 8 bytes each (struct sock_filter, this machine's byte order); never empty.</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_* for seccomp(2), with NEW_LISTENER when <paramref name="Notify"/>.</param>
/// <param name="Notify">Whether a rule hands system calls to a listener, so that loading yields a descriptor.</param>
public sealed record SeccompProgram(ReadOnlyMemory<byte> Bpf, uint Flags, bool Notify)
{
    /// <summary>Size of one instruction in bytes.</summary>
    public const int InstructionSize = 8;

    /// <summary>BPF_MAXINSNS: the kernel takes no longer filter.</summary>
    public const int MaxInstructions = 4096;

    public int Instructions => Bpf.Length / InstructionSize;

    public void Write(WireWriter to) => to.Int((int)Flags).Bool(Notify).Bytes(Bpf.Span);

    public static SeccompProgram Read(WireReader from)
    {
        var flags = (uint)from.Int();
        var notify = from.Bool();
        var bpf = from.Bytes();
        if (bpf.Length is 0 or > MaxInstructions * InstructionSize || bpf.Length % InstructionSize != 0)
            throw new InvalidDataException($"message holds a seccomp filter of {bpf.Length} bytes");
        return new SeccompProgram(bpf, flags, notify);
    }
}
