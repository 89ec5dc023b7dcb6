namespace Anocir.Platform.Syscalls;

/// <summary>What statx(2) says of a file. Mode holds type and permission bits; times are seconds and nanoseconds.</summary>
public readonly record struct FileStatus
{
    public const uint TypeMask = 0xF000;
    public const uint Fifo = 0x1000;
    public const uint Character = 0x2000;
    public const uint Directory = 0x4000;
    public const uint Block = 0x6000;
    public const uint Regular = 0x8000;
    public const uint SymbolicLink = 0xA000;
    public const uint Socket = 0xC000;

    public uint Mode { get; init; }
    public uint Uid { get; init; }
    public uint Gid { get; init; }
    public ulong Inode { get; init; }
    public ulong Size { get; init; }
    public uint DeviceMajor { get; init; }
    public uint DeviceMinor { get; init; }
    public long AccessSeconds { get; init; }
    public uint AccessNanoseconds { get; init; }
    public long ModifySeconds { get; init; }
    public uint ModifyNanoseconds { get; init; }

    public uint Type => Mode & TypeMask;
    public uint Permissions => Mode & 0xFFF;
    public bool IsDirectory => Type == Directory;

    /// <summary>True for the device node of these numbers.</summary>
    public bool IsDevice(uint type, uint major, uint minor) => Type == type && DeviceMajor == major && DeviceMinor == minor;
}
