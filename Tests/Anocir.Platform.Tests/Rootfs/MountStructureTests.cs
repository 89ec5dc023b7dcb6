using System.Runtime.CompilerServices;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Platform.Tests.Rootfs;

public sealed class MountStructureTests
{
    [Fact]
    public void Structures_have_the_sizes_of_the_kernel_headers()
    {
        // MOUNT_ATTR_SIZE_VER0, OPEN_HOW_SIZE_VER0, sizeof(struct termios) of asm-generic/termbits.h.
        Assert.Equal(32, Unsafe.SizeOf<MountAttr>());
        Assert.Equal(24, Unsafe.SizeOf<OpenHow>());
        Assert.Equal(36, Unsafe.SizeOf<KernelTermios>());
    }

    [Fact]
    public void Status_of_a_file_is_read_at_the_right_offsets()
    {
        var status = Sys.TryStat(null, "/dev/null", out var errno);
        Assert.Equal(0, errno);
        Assert.True(status!.Value.IsDevice(FileStatus.Character, 1, 3));
        Assert.True(Sys.TryStat(null, "/", out _)!.Value.IsDirectory);
        Assert.Null(Sys.TryStat(null, "/no/such", out errno));
        Assert.Equal(Errno.ENOENT, errno);
    }

    [Fact]
    public void Times_owner_and_mode_of_a_file_are_read()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddSeconds(12345));
            File.SetLastAccessTimeUtc(path, DateTime.UnixEpoch.AddSeconds(54321));
            File.SetUnixFileMode(path, (UnixFileMode)0x1A0);
            var status = Sys.TryStat(null, path, out _)!.Value;
            Assert.Equal((12345, 54321, 0x1A0u, FileStatus.Regular), (status.ModifySeconds, status.AccessSeconds, status.Permissions, status.Type));
            Assert.Equal(Libc.geteuid(), status.Uid);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
