using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

/// <summary>A device node. Type is one of <see cref="FileStatus.Character"/>, <see cref="FileStatus.Block"/>, <see cref="FileStatus.Fifo"/>.</summary>
public sealed record DevicePlan(string Path, uint Type, uint Major, uint Minor, uint Permissions = 0x1B6, uint Uid = 0, uint Gid = 0)
{
    /// <summary>As the C library packs the numbers for mknod(2).</summary>
    internal ulong Number => ((ulong)(Major & 0xfffff000) << 32) | ((ulong)(Major & 0xfff) << 8) | ((ulong)(Minor & 0xffffff00) << 12) | (Minor & 0xff);

    internal static void Write(WireWriter w, DevicePlan d) =>
        w.String(d.Path).Int((int)d.Type).Int((int)d.Major).Int((int)d.Minor).Int((int)d.Permissions).Int((int)d.Uid).Int((int)d.Gid);

    internal static DevicePlan Read(WireReader r) => new(r.String(), (uint)r.Int(), (uint)r.Int(), (uint)r.Int(), (uint)r.Int(), (uint)r.Int(), (uint)r.Int());
}
