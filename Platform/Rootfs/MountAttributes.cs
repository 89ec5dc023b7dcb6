using Anocir.Platform.Ipc;

namespace Anocir.Platform.Rootfs;

/// <summary>Attribute bits of mount_setattr(2) to set and to clear. Bits in neither are left as they are, so locked flags survive.</summary>
public readonly record struct MountAttributes(ulong Set, ulong Clear)
{
    public const ulong ReadOnly = 0x1;
    public const ulong NoSuid = 0x2;
    public const ulong NoDev = 0x4;
    public const ulong NoExec = 0x8;
    public const ulong AtimeMask = 0x70;
    public const ulong NoAtime = 0x10;
    public const ulong StrictAtime = 0x20;
    public const ulong NoDirAtime = 0x80;
    public const ulong IdMap = 0x100000;
    public const ulong NoSymFollow = 0x200000;

    public bool IsEmpty => (Set | Clear) == 0;

    /// <summary>These bits, changed by a later option: the later one wins.</summary>
    public MountAttributes With(ulong set, ulong clear) =>
        // The times are a field, not bits: the kernel wants the whole mask cleared wherever one of them is set.
        new((Set & ~clear) | set, (Clear | clear) & ~(set & ~AtimeMask));

    public MountAttributes Without(ulong bits) => new(Set & ~bits, Clear & ~bits);

    internal static void Write(WireWriter writer, MountAttributes value) => writer.Long((long)value.Set).Long((long)value.Clear);

    internal static MountAttributes Read(WireReader reader) => new((ulong)reader.Long(), (ulong)reader.Long());
}
