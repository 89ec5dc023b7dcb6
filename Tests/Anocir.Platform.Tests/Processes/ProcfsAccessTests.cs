using Anocir.Platform.Processes;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Platform.Tests.Processes;

public sealed class ProcfsAccessTests
{
    private static readonly FdHandle Proc = Sys.Open("/proc", Sys.OPath | Sys.ODirectory);

    [Fact]
    public void OpenProc_own_attribute_is_opened_on_procfs()
    {
        Assert.Equal(0, ProcessCalls.OpenProc(Proc, "thread-self/comm", Sys.ORdOnly, out var file));
        using (file) Assert.True(ProcessCalls.IsProc(file!));
    }

    [Theory]
    [InlineData("self/exe", Errno.ELOOP)]
    [InlineData("self/root/etc/passwd", Errno.ELOOP)]
    [InlineData("self/cwd", Errno.ELOOP)]
    [InlineData("../etc/passwd", Errno.EXDEV)]
    [InlineData("/etc/passwd", Errno.EXDEV)]
    public void OpenProc_path_that_leads_elsewhere_is_refused(string path, int errno)
    {
        Assert.Equal(errno, ProcessCalls.OpenProc(Proc, path, Sys.ORdOnly, out var file));
        Assert.Null(file);
    }

    [Fact]
    public void BeforeReady_procfs_that_is_none_is_refused_before_anything_is_written()
    {
        var folder = Directory.CreateTempSubdirectory("anocir-proc-");
        try
        {
            var fake = Path.Combine(folder.CreateSubdirectory("self").FullName, "oom_score_adj");
            File.WriteAllText(fake, "0\n");
            using var handle = Sys.Open(folder.FullName, Sys.OPath | Sys.ODirectory);
            var plan = new ProcessPlan { Args = ["true"], Env = [], Cwd = "/", Uid = 0, Gid = 0, AdditionalGids = [], Rlimits = [], OomScoreAdj = 7, Warnings = [] };
            using var setup = new ProcessSetup(plan, handle, _ => { });

            var refusal = Assert.Throws<ContainerException>(setup.BeforeReady);

            Assert.Equal("self/oom_score_adj is not on a procfs -- possible container breakout detected", refusal.Message);
            Assert.Equal("0\n", File.ReadAllText(fake));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
