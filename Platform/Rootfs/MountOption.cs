namespace Anocir.Platform.Rootfs;

/// <summary>What one word of <c>mounts[].options</c> asks for.</summary>
internal enum MountOptionKind
{
    /// <summary>Taken, and nothing follows: "defaults", and words that only mount(2) of old had an effect for.</summary>
    Nothing,
    Attribute,
    RecursiveAttribute,

    /// <summary>A flag of the superblock, which fsconfig(2) takes by the same name; <c>Opposite</c> undoes it.</summary>
    Superblock,
    Bind,
    RecursiveBind,
    Remount,
    Propagation,
    IdMap,
    RecursiveIdMap,
    CopyUp,
}

internal readonly record struct MountOption(MountOptionKind Kind, ulong Set = 0, ulong Clear = 0, string? Opposite = null);
