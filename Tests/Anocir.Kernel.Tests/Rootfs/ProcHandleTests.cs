using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Kernel.Tests.Rootfs;

public sealed class ProcHandleTests
{
    public ProcHandleTests() => RootfsSandbox.SkipUnlessPossible();

    [SkippableFact]
    public void Files_of_processes_are_there_and_nothing_else()
    {
        using var proc = ProcHandle.Open();
        using var file = proc.OpenFile("self/oom_score_adj", Sys.ORdOnly);
        var buffer = new byte[16];
        Assert.True(Sys.Read(file, buffer, "oom_score_adj") > 1);
        Assert.Equal(Errno.ENOENT, Refused(proc, "sys/kernel/shmmni"));
    }

    [SkippableFact]
    public void Whole_procfs_has_the_sysctls_and_a_value_is_written_in_one_piece()
    {
        using var proc = ProcHandle.OpenWhole();
        using (proc.OpenFile("sys/kernel/shmmni", Sys.ORdOnly))
        {
            var refused = Assert.Throws<SyscallException>(() => proc.Write("sys/kernel/shmmni", "no number"));
            Assert.Equal("write no number to /proc/sys/kernel/shmmni: EINVAL (invalid argument)", refused.Message);
        }
    }

    [SkippableTheory]
    [InlineData("self/exe", Errno.ELOOP)]
    [InlineData("self/root/etc/passwd", Errno.ELOOP)]
    [InlineData("../etc/passwd", Errno.EXDEV)]
    [InlineData("/etc/passwd", Errno.EXDEV)]
    public void Path_that_leaves_procfs_is_refused(string path, int errno)
    {
        using var proc = ProcHandle.OpenWhole();
        Assert.Equal(errno, Refused(proc, path));
    }

    private static int Refused(ProcHandle proc, string path) => Assert.Throws<SyscallException>(() => { proc.OpenFile(path, Sys.ORdOnly).Dispose(); }).Errno;
}
