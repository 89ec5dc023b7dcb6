using Anocir.Platform.Oci;
using Anocir.Platform.Security;
using Xunit;

namespace Anocir.Kernel.Tests.Processes;

public sealed class ProcessSeccompTests
{
    [SkippableTheory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Filter_holds_for_the_program_of_an_unprivileged_user(bool noNewPrivileges, bool confineFirst)
    {
        RequireLibrary();
        var run = ProbeRun.Of(
            ProbeRun.Shell("mkdir /tmp/anocir-denied; cat /proc/self/status") with
            {
                User = new User { Uid = 1000, Gid = 1000 },
                NoNewPrivileges = noNewPrivileges,
                Capabilities = new Capabilities { Bounding = ["CAP_KILL"] },
            },
            Deny("mkdir", "mkdirat"),
            confine: confineFirst);

        run.Succeeded();
        Assert.Contains("Network is down", run.Errors, StringComparison.Ordinal);
        Assert.Equal("2", run.Status("Seccomp"));
        Assert.Equal(noNewPrivileges ? "1" : "0", run.Status("NoNewPrivs"));
        foreach (var set in new[] { "CapPrm", "CapEff", "CapAmb" }) Assert.Equal("0000000000000000", run.Status(set));
        Assert.Equal("0000000000000020", run.Status("CapBnd"));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Filter_that_denies_what_the_runtime_itself_uses_does_not_stop_it(bool noNewPrivileges)
    {
        RequireLibrary();
        var run = ProbeRun.Of(
            ProbeRun.Program("cat", "/proc/self/status") with
            {
                User = new User { Uid = 1000, Gid = 1000, AdditionalGids = [5] },
                NoNewPrivileges = noNewPrivileges,
                Capabilities = new Capabilities { Ambient = ["CAP_KILL"], Inheritable = ["CAP_KILL"], Permitted = ["CAP_KILL"], Bounding = ["CAP_KILL"] },
            },
            Deny(
                "getcwd", "chdir", "prctl", "setgroups", "setresuid", "setresgid", "setuid", "setgid", "rt_sigaction", "rt_sigprocmask", "close_range",
                "openat2", "faccessat2", "statx", "prlimit64", "umask", "personality", "fcntl", "fchown", "keyctl", "capget"));

        run.Succeeded();
        Assert.Equal("2", run.Status("Seccomp"));
        Assert.Equal("0000000000000020", run.Status("CapAmb"));
    }

    [SkippableFact]
    public void Filter_without_the_right_to_load_it_is_an_error()
    {
        RequireLibrary();
        var run = ProbeRun.Of(
            ProbeRun.Program("true"),
            Deny("mkdir"),
            under: ["capsh", "--drop=cap_sys_admin", "--", "-c", "exec \"$@\"", "probe"]);

        Assert.Equal(99, run.ExitCode);
        Assert.Equal("error: error loading seccomp filter into kernel: EACCES (permission denied)\n", run.Errors);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Filter_with_notifications_hands_out_its_listener(bool confineFirst)
    {
        RequireLibrary();
        Skip.IfNot(SeccompFlags.Supported.Contains("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"), "this kernel has no notifications of that kind");
        var linux = new Linux
        {
            Seccomp = new Seccomp
            {
                DefaultAction = "SCMP_ACT_ALLOW",
                ListenerPath = "/run/none.sock",
                Flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
                Syscalls = [new SeccompSyscall { Action = "SCMP_ACT_NOTIFY", Names = ["mkdir"] }],
            },
        };

        var run = ProbeRun.Of(ProbeRun.Program("ls", "/proc/self/fd"), linux, confine: confineFirst);

        // The program itself has its three, and the one that lists them.
        Assert.Equal("listener is open: True\n0\n1\n2\n3", run.Succeeded());
    }

    private static void RequireLibrary() => Skip.If(SeccompCompiler.Version is null, "libseccomp.so.2 is not installed");

    private static Linux Deny(params string[] names) => new()
    {
        Seccomp = new Seccomp { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new SeccompSyscall { Action = "SCMP_ACT_ERRNO", ErrnoRet = 100, Names = names }] },
    };
}
