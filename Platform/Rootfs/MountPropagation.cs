using Anocir.Platform.Ipc;

namespace Anocir.Platform.Rootfs;

/// <summary>A change of propagation: one of the MS_ flags below, on one mount or on the tree under it.</summary>
public readonly record struct MountPropagation(uint Flag, bool Recursive)
{
    public const uint Unbindable = 1 << 17;
    public const uint Private = 1 << 18;
    public const uint Slave = 1 << 19;
    public const uint Shared = 1 << 20;

    /// <summary>"shared", "rslave" and the like, or null for any other word.</summary>
    public static MountPropagation? Parse(string word)
    {
        var recursive = word.StartsWith('r');
        uint? flag = (recursive ? word[1..] : word) switch
        {
            "shared" => Shared,
            "slave" => Slave,
            "private" => Private,
            "unbindable" => Unbindable,
            _ => null,
        };
        return flag is { } f ? new MountPropagation(f, recursive) : null;
    }

    internal static void Write(WireWriter writer, MountPropagation value) => writer.Int((int)value.Flag).Bool(value.Recursive);

    internal static MountPropagation Read(WireReader reader) => new((uint)reader.Int(), reader.Bool());
}
