using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Anocir.Platform.Security;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Platform.Tests.Processes;

/// <summary>Our structs and numbers against the C headers of this machine.</summary>
public sealed class ProcessStructTests
{
    private const string Program = """
        #include <linux/capability.h>
        #include <linux/filter.h>
        #include <linux/keyctl.h>
        #include <linux/prctl.h>
        #include <linux/sched/types.h>
        #include <linux/seccomp.h>
        #include <linux/stat.h>
        #include <asm/signal.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/syscall.h>
        struct rlimit64_ { unsigned long long cur, max; };
        #define N(x) printf(#x " %lu\n", (unsigned long)(x))
        int main(void) {
            N(sizeof(struct __user_cap_header_struct)); N(sizeof(struct __user_cap_data_struct));
            N(_LINUX_CAPABILITY_VERSION_3); N(CAP_LAST_CAP); N(CAP_SYS_ADMIN); N(CAP_SYSLOG);
            N(sizeof(struct sched_attr)); N(offsetof(struct sched_attr, sched_nice)); N(offsetof(struct sched_attr, sched_period));
            N(sizeof(struct rlimit64_));
            N(sizeof(struct sock_fprog)); N(offsetof(struct sock_fprog, filter)); N(sizeof(struct sock_filter));
            N(sizeof(struct sigaction));
            N(offsetof(struct statx, stx_mode)); N(offsetof(struct statx, stx_uid)); N(offsetof(struct statx, stx_rdev_major)); N(sizeof(struct statx));
            N(PR_SET_KEEPCAPS); N(PR_CAPBSET_READ); N(PR_CAPBSET_DROP); N(PR_SET_NO_NEW_PRIVS); N(PR_CAP_AMBIENT); N(PR_CAP_AMBIENT_RAISE); N(PR_CAP_AMBIENT_CLEAR_ALL);
            N(SECCOMP_FILTER_FLAG_LOG); N(SECCOMP_FILTER_FLAG_SPEC_ALLOW); N(SECCOMP_FILTER_FLAG_NEW_LISTENER);
            N(SYS_execve); N(SYS_capset); N(SYS_capget); N(SYS_setresuid); N(SYS_setresgid); N(SYS_setgroups); N(SYS_rt_sigaction); N(SYS_rt_sigprocmask);
            N(SYS_seccomp); N(SYS_sched_setattr); N(SYS_ioprio_set); N(SYS_keyctl); N(SYS_set_mempolicy); N(SYS_statx); N(SYS_memfd_create); N(SYS_close_range);
            return 0;
        }
        """;

    [SkippableFact]
    public unsafe void Structs_and_numbers_equal_those_of_the_headers()
    {
        var c = Headers();

        void Same(string name, long ours)
        {
            Assert.True(c.ContainsKey(name), $"{name} was not printed");
            Assert.True(c[name] == ours, $"{name}: {c[name]} in C, {ours} here");
        }

        Same("sizeof(struct __user_cap_header_struct)", sizeof(CapabilityHeader));
        Same("sizeof(struct __user_cap_data_struct)", sizeof(CapabilityData));
        Same("_LINUX_CAPABILITY_VERSION_3", CapabilityHeader.OfThisThread.Version);
        Same("CAP_LAST_CAP", CapabilityNames.Last);
        Same("CAP_SYS_ADMIN", CapabilityNames.SysAdmin);
        Same("CAP_SYSLOG", CapabilityNames.NumberOf("CAP_SYSLOG"));
        Same("sizeof(struct sched_attr)", sizeof(SchedulerAttributes));
        Same("offsetof(struct sched_attr, sched_nice)", Marshal.OffsetOf<SchedulerAttributes>(nameof(SchedulerAttributes.Nice)));
        Same("offsetof(struct sched_attr, sched_period)", Marshal.OffsetOf<SchedulerAttributes>(nameof(SchedulerAttributes.Period)));
        Same("sizeof(struct rlimit64_)", Unsafe.SizeOf<ResourceLimits>());
        Same("sizeof(struct sock_fprog)", sizeof(FilterProgram));
        Same("offsetof(struct sock_fprog, filter)", Marshal.OffsetOf<FilterProgram>(nameof(FilterProgram.Instructions)));
        Same("sizeof(struct sock_filter)", SeccompProgram.InstructionSize);
        Same("sizeof(struct sigaction)", sizeof(KernelSigAction));
        Same("PR_SET_KEEPCAPS", ProcessCalls.PrSetKeepCaps);
        Same("PR_CAPBSET_READ", ProcessCalls.PrCapBSetRead);
        Same("PR_CAPBSET_DROP", ProcessCalls.PrCapBSetDrop);
        Same("PR_SET_NO_NEW_PRIVS", ProcessCalls.PrSetNoNewPrivs);
        Same("PR_CAP_AMBIENT", ProcessCalls.PrCapAmbient);
        Same("PR_CAP_AMBIENT_RAISE", ProcessCalls.PrCapAmbientRaise);
        Same("PR_CAP_AMBIENT_CLEAR_ALL", ProcessCalls.PrCapAmbientClearAll);
        Same("SECCOMP_FILTER_FLAG_LOG", SeccompFlags.Log);
        Same("SECCOMP_FILTER_FLAG_SPEC_ALLOW", SeccompFlags.SpecAllow);
        Same("SECCOMP_FILTER_FLAG_NEW_LISTENER", SeccompFlags.NewListener);
        // As ProcessCalls.Stat reads them.
        Same("offsetof(struct statx, stx_mode)", 28);
        Same("offsetof(struct statx, stx_uid)", 20);
        Same("offsetof(struct statx, stx_rdev_major)", 128);
        Same("sizeof(struct statx)", 256);
        Same("SYS_execve", ProcessCalls.Execve);
        Same("SYS_capset", SyscallNumber.CapSet);
        Same("SYS_capget", SyscallNumber.CapGet);
        Same("SYS_setresuid", SyscallNumber.SetResUid);
        Same("SYS_setresgid", SyscallNumber.SetResGid);
        Same("SYS_setgroups", SyscallNumber.SetGroups);
        Same("SYS_rt_sigaction", SyscallNumber.RtSigAction);
        Same("SYS_rt_sigprocmask", SyscallNumber.RtSigProcMask);
        Same("SYS_seccomp", SyscallNumber.Seccomp);
        Same("SYS_sched_setattr", SyscallNumber.SchedSetAttr);
        Same("SYS_ioprio_set", SyscallNumber.IoPrioSet);
        Same("SYS_keyctl", SyscallNumber.KeyCtl);
        Same("SYS_set_mempolicy", SyscallNumber.SetMempolicy);
        Same("SYS_statx", SyscallNumber.Statx);
        Same("SYS_memfd_create", SyscallNumber.MemfdCreate);
        Same("SYS_close_range", SyscallNumber.CloseRange);
    }

    private static Dictionary<string, long> Headers()
    {
        Skip.IfNot(File.Exists("/usr/bin/cc") && File.Exists("/usr/include/linux/seccomp.h"), "no C compiler with the kernel's headers");
        var folder = Directory.CreateTempSubdirectory("anocir-structs-");
        try
        {
            var source = Path.Combine(folder.FullName, "structs.c");
            var binary = Path.Combine(folder.FullName, "structs");
            File.WriteAllText(source, Program);
            Run("/usr/bin/cc", "-o", binary, source);
            return Run(binary).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => (Name: line[..line.LastIndexOf(' ')], Value: long.Parse(line[(line.LastIndexOf(' ') + 1)..], null)))
                .ToDictionary(p => p.Name, p => p.Value);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
        return output;
    }
}
