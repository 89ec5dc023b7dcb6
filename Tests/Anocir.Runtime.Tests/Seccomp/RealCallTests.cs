using System.Runtime.InteropServices;

namespace Anocir.Runtime.Tests.Seccomp;

/// <summary>System calls really made in a container under a profile, and what the kernel answers or does.</summary>
public sealed class RealCallTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const long EPERM = -1, EBADF = -9, EFAULT = -14, ENOSYS = -38;
    private const int EndedBySigsys = 128 + 31;
    private const uint X32 = 1 << 30;

    // Numbers of x86-64, and of i386 behind them.
    private const uint Read = 0, Socket = 41, Getpid = 39, Mkdir = 83, Personality = 135, Acct = 163, Reboot = 169, AddKey = 248, Unshare = 272, Clone3 = 435, Newer = 1000;
    private const uint Getpid32 = 20, Mkdir32 = 39, Acct32 = 51;

    [SkippableFact]
    public void Default_profile_of_docker_lets_denies_and_does_not_know()
    {
        var answers = Run(
            SeccompProfiles.Engine("docker-hello.json"),
            new SyscallProgram()
                .Call(Getpid).Call(Read, 99).Call(Mkdir, 0).Call(Personality, 0xffffffff)
                .Call(Personality, 1).Call(Acct, 0).Call(AddKey).Call(Reboot).Call(Unshare, 0x10000000)
                .Call(Clone3, 0, 0).Call(Newer).Call(Newer * 400));
        Assert.Equal([1, EBADF, EFAULT, 0, EPERM, EPERM, EPERM, EPERM, EPERM, ENOSYS, ENOSYS, ENOSYS], answers);
    }

    [SkippableFact]
    public void Default_profile_of_podman_answers_as_its_rules_say()
    {
        var answers = Run(SeccompProfiles.Engine("podman-hello.json"), new SyscallProgram().Call(Getpid).Call(Acct, 0).Call(Mkdir, 0).Call(AddKey).Call(Personality, 1).Call(Newer));
        Assert.Equal([1, EPERM, EFAULT, ENOSYS, ENOSYS, ENOSYS], answers);
    }

    [SkippableFact]
    public void Default_profile_holds_for_calls_of_32_bit_programs()
    {
        var answers = Run(SeccompProfiles.Engine("docker-hello.json"), new SyscallProgram().Call32(Getpid32).Call32(Mkdir32, 0).Call32(Acct32, 0).Call32(Newer));
        Assert.Equal([1, EFAULT, EPERM, ENOSYS], answers);
    }

    [SkippableFact]
    public void Default_profile_holds_for_calls_of_x32()
    {
        // A kernel without x32 answers ENOSYS to what the filter lets through; the filter is asked first.
        var answers = Run(SeccompProfiles.Engine("docker-hello.json"), new SyscallProgram().Call(X32 | Getpid).Call(X32 | Acct).Call(X32 | Newer));
        Assert.Contains(answers[0], (long[])[1, ENOSYS]);
        Assert.Equal([EPERM, ENOSYS], answers[1..]);
    }

    [SkippableFact]
    public void Errno_is_that_of_the_rule_and_the_default()
    {
        var profile = SeccompProfiles.Engine("docker-hello.json");
        profile["defaultErrnoRet"] = 66;
        profile["syscalls"]!.AsArray().Add((JsonNode)SeccompProfiles.Rule("SCMP_ACT_ERRNO", ["acct"], 100));
        Assert.Equal([-100, -66, ENOSYS], Run(profile, new SyscallProgram().Call(Acct, 0).Call(AddKey).Call(Newer)));
    }

    [SkippableFact]
    public void Errno_of_zero_pretends_success()
    {
        var profile = SeccompProfiles.Allow(SeccompProfiles.Rule("SCMP_ACT_ERRNO", ["mkdir"], 0));
        Assert.Equal([0], Run(profile, new SyscallProgram().Call(Mkdir, 0)));
    }

    [SkippableTheory]
    [InlineData("SCMP_ACT_KILL")]
    [InlineData("SCMP_ACT_KILL_THREAD")]
    [InlineData("SCMP_ACT_KILL_PROCESS")]
    [InlineData("SCMP_ACT_TRAP")]
    public void Deadly_action_ends_the_program_by_sigsys(string action)
    {
        var profile = SeccompProfiles.Allow(SeccompProfiles.Rule(action, ["acct"]));
        Assert.Equal([1], Run(profile, new SyscallProgram().Call(Getpid).Call(Acct, 0).Call(Getpid), EndedBySigsys));
    }

    [SkippableTheory]
    [InlineData("SCMP_ACT_KILL_PROCESS")]
    [InlineData("SCMP_ACT_TRAP")]
    public void Deadly_default_spares_who_asks_for_a_newer_call(string action)
    {
        var profile = SeccompProfiles.Engine("docker-hello.json");
        profile["defaultAction"] = action;
        Assert.Equal([ENOSYS, 1], Run(profile, new SyscallProgram().Call(Newer).Call(Getpid).Call(Acct, 0), EndedBySigsys));
    }

    [SkippableFact]
    public void Logged_call_is_made()
    {
        var profile = SeccompProfiles.Allow(SeccompProfiles.Rule("SCMP_ACT_LOG", ["getpid", "mkdir"]));
        Assert.Equal([1, EFAULT], Run(profile, new SyscallProgram().Call(Getpid).Call(Mkdir, 0)));
    }

    [SkippableFact]
    public void Traced_call_without_a_tracer_is_not_there()
    {
        var profile = SeccompProfiles.Allow(SeccompProfiles.Rule("SCMP_ACT_TRACE", ["mkdir"], 5));
        Assert.Equal([ENOSYS, 1], Run(profile, new SyscallProgram().Call(Mkdir, 0).Call(Getpid)));
    }

    [SkippableFact]
    public void Masked_condition_looks_at_its_bits_only()
    {
        var condition = new JsonObject { ["index"] = 0, ["value"] = 0xf0, ["valueTwo"] = 0x20, ["op"] = "SCMP_CMP_MASKED_EQ" };
        var profile = SeccompProfiles.Allow(SeccompProfiles.Rule("SCMP_ACT_ERRNO", ["socket"], 90, condition));
        var answers = Run(profile, new SyscallProgram().Call(Socket, 0x20, 0, 0).Call(Socket, 0x2f, 0, 0).Call(Socket, 0x30, 0, 0).Call(Socket, 0x1_0000_0020, 0, 0));
        Assert.Equal([-90, -90], answers[..2]);
        Assert.NotEqual(-90, answers[2]);
        // The mask has no bit of the high word, so that word is not looked at.
        Assert.Equal(-90, answers[3]);
    }

    [SkippableFact]
    public void Abi_that_is_not_listed_kills()
    {
        var profile = SeccompProfiles.Allow(SeccompProfiles.Rule("SCMP_ACT_ERRNO", ["acct"]));
        profile["architectures"] = new JsonArray("SCMP_ARCH_X86_64");
        Assert.Equal([1], Run(profile, new SyscallProgram().Call(Getpid).Call32(Getpid32).Call(Getpid), EndedBySigsys));
        Assert.Equal([1], Run(profile, new SyscallProgram().Call(Getpid).Call(X32 | Getpid).Call(Getpid), EndedBySigsys));
    }

    [SkippableFact]
    public void Filter_of_the_caller_stays_below_that_of_the_profile()
    {
        Require();
        runtime.Call("list").Ok();
        // What denies acct with errno 50 and personality with 51, as a service manager's own list does to all that it starts.
        byte[] filter =
        [
            0x20, 0, 0, 0, 0, 0, 0, 0, 0x15, 0, 2, 0, 163, 0, 0, 0, 0x15, 0, 2, 0, 135, 0, 0, 0, 0x06, 0, 0, 0, 0, 0, 0xff, 0x7f,
            0x06, 0, 0, 0, 50, 0, 5, 0, 0x06, 0, 0, 0, 51, 0, 5, 0,
        ];
        var wrapper = Path.Combine(runtime.Scratch.Directory, "under-filter");
        SyscallProgram.SaveFiltered(wrapper, filter);
        var profile = SeccompProfiles.Allow(SeccompProfiles.Rule("SCMP_ACT_ERRNO", ["personality", "mkdir"], 60));
        // personality is denied by both: the kernel takes the errno of the filter that came last.
        Assert.Equal([-50, -60, -60, 1], Run(profile, new SyscallProgram().Call(Acct, 0).Call(Personality, 1).Call(Mkdir, 0).Call(Getpid), caller: new Caller(Wrapper: wrapper)));
    }

    [SkippableFact]
    public void Without_a_profile_nothing_is_filtered()
    {
        Require();
        Assert.Equal([EFAULT, ENOSYS], Run(null, new SyscallProgram().Call(Mkdir, 0).Call(Newer)));
    }

    [SkippableTheory]
    [InlineData("SCMP_ACT_NOPE", null, "SCMP_ACT_NOPE")]
    [InlineData("SCMP_ACT_NOTIFY", null, "SCMP_ACT_NOTIFY")]
    [InlineData("SCMP_ACT_KILL", 3, "errno")]
    public void Profile_that_cannot_be_had_is_refused(string action, int? errnoRet, string named)
    {
        Require();
        using var container = runtime.Container(c => c.Set("linux.seccomp", SeccompProfiles.Allow(SeccompProfiles.Rule(action, ["mkdir"], errnoRet)).ToJsonString()));
        if (action == "SCMP_ACT_KILL") runtime.RequireAnocir("runc 1.1.5 takes an errno with any action");
        var message = ErrorLine.MessageOf(container.Create().Exits(1));
        if (RuntimeFixture.IsAnocir) Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    private void Require()
    {
        runtime.Require();
        Skip.If(RuntimeInformation.ProcessArchitecture != Architecture.X64, "the programs are for x86-64");
    }

    private long[] Run(JsonObject? profile, SyscallProgram program, int exitCode = 0, Caller? caller = null)
    {
        Require();
        using var container = runtime.Container(c => c.Args("/bin/calls").Set("linux.seccomp", profile?.ToJsonString()));
        program.Save(container.Bundle.InRootfs("bin/calls"));
        var printed = Path.Combine(container.Bundle.Directory, "printed");
        container.Prepare("run", (caller ?? new Caller()) with { Redirections = $">{printed}" }).Run().Exits(exitCode);
        return SyscallProgram.Answers(File.ReadAllBytes(printed));
    }
}
