using System.Runtime.InteropServices;
using Anocir.Platform.Oci;
using Anocir.Platform.Security;
using Xunit;

namespace Anocir.Platform.Tests.Security;

public sealed partial class SeccompCompilerTests
{
    private const uint Allow = 0x7fff0000;
    private const uint Kill = 0;
    private const uint X32 = 1 << 30;

    // Numbers of x86-64.
    private const uint Read = 0, Write = 1, Socket = 41, Kill64 = 62, Ftruncate = 77, Mkdir = 83, Chmod = 90, Personality = 135, Dup3 = 292;
    private const uint MkdirI386 = 39;

    private static uint Errno(int errno) => 0x50000u | (uint)errno;

    [SkippableFact]
    public void Compile_allow_by_default_denies_only_the_named_calls()
    {
        var machine = Machine(new Seccomp { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [Rule("SCMP_ACT_ERRNO", "mkdir", "chmod")] });

        for (var number = 0u; number < 1000; number++)
            Assert.Equal(number is Mkdir or Chmod ? Errno(1) : Allow, machine.Run(BpfMachine.X86_64, number));
    }

    [SkippableFact]
    public void Compile_errno_by_default_allows_the_named_calls_and_answers_enosys_past_them()
    {
        var machine = Machine(new Seccomp { DefaultAction = "SCMP_ACT_ERRNO", Syscalls = [Rule("SCMP_ACT_ALLOW", "read", "write", "dup3")] });

        for (var number = 0u; number < 1000; number++)
        {
            var expected = number is Read or Write or Dup3 ? Allow : number > Dup3 ? Errno(38) : Errno(1);
            Assert.Equal(expected, machine.Run(BpfMachine.X86_64, number));
        }
    }

    [SkippableTheory]
    [InlineData("SCMP_ACT_KILL", 0u)]
    [InlineData("SCMP_ACT_KILL_THREAD", 0u)]
    [InlineData("SCMP_ACT_KILL_PROCESS", 0x80000000u)]
    [InlineData("SCMP_ACT_TRAP", 0x30000u)]
    public void Compile_strict_default_still_answers_enosys_to_newer_calls(string action, uint expected)
    {
        var machine = Machine(new Seccomp { DefaultAction = action, Syscalls = [Rule("SCMP_ACT_ALLOW", "read", "mkdir")] });

        Assert.Equal(Allow, machine.Run(BpfMachine.X86_64, Read));
        Assert.Equal(expected, machine.Run(BpfMachine.X86_64, Write));
        Assert.Equal(Errno(38), machine.Run(BpfMachine.X86_64, Mkdir + 1));
    }

    [SkippableTheory]
    [InlineData("SCMP_ACT_LOG", 0x7ffc0000u)]
    [InlineData("SCMP_ACT_TRACE", 0x7ff00001u)]
    public void Compile_permissive_default_has_no_stub(string action, uint expected)
    {
        var machine = Machine(new Seccomp { DefaultAction = action, Syscalls = [Rule("SCMP_ACT_ERRNO", "read")] });

        Assert.Equal(expected, machine.Run(BpfMachine.X86_64, 900));
    }

    [SkippableFact]
    public void Compile_sub_architectures_each_get_their_own_numbers()
    {
        var machine = Machine(new Seccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            Syscalls = [Rule("SCMP_ACT_ALLOW", "mkdir", "read")],
        });

        Assert.Equal(Allow, machine.Run(BpfMachine.I386, MkdirI386));
        Assert.Equal(Errno(1), machine.Run(BpfMachine.I386, 38));
        Assert.Equal(Errno(38), machine.Run(BpfMachine.I386, 40));
        Assert.Equal(Allow, machine.Run(BpfMachine.X86_64, Mkdir));
        Assert.Equal(Errno(1), machine.Run(BpfMachine.X86_64, MkdirI386));
        Assert.Equal(Errno(38), machine.Run(BpfMachine.X86_64, Mkdir + 1));
        Assert.Equal(Allow, machine.Run(BpfMachine.X86_64, X32 | Mkdir));
        Assert.Equal(Errno(1), machine.Run(BpfMachine.X86_64, X32 | MkdirI386));
        Assert.Equal(Errno(38), machine.Run(BpfMachine.X86_64, X32 | (Mkdir + 1)));
    }

    [SkippableFact]
    public void Compile_architecture_not_listed_is_killed()
    {
        var machine = Machine(new Seccomp { DefaultAction = "SCMP_ACT_ERRNO", Syscalls = [Rule("SCMP_ACT_ALLOW", "mkdir")] });

        Assert.Equal(Kill, machine.Run(BpfMachine.I386, MkdirI386));
        Assert.Equal(Kill, machine.Run(BpfMachine.X86_64, X32 | Mkdir));
    }

    [SkippableTheory]
    [InlineData("SCMP_CMP_NE", 5ul, 0ul, 6ul, 5ul)]
    [InlineData("SCMP_CMP_LT", 5ul, 0ul, 4ul, 5ul)]
    [InlineData("SCMP_CMP_LE", 5ul, 0ul, 5ul, 6ul)]
    [InlineData("SCMP_CMP_EQ", 0x1_0000_0005ul, 0ul, 0x1_0000_0005ul, 5ul)]
    [InlineData("SCMP_CMP_GE", 5ul, 0ul, 5ul, 4ul)]
    [InlineData("SCMP_CMP_GT", 5ul, 0ul, 0x1_0000_0000ul, 5ul)]
    [InlineData("SCMP_CMP_MASKED_EQ", 0xf0ul, 0x20ul, 0x2ful, 0x3ful)]
    public void Compile_condition_matches_by_operator(string op, ulong value, ulong valueTwo, ulong match, ulong other)
    {
        var machine = Machine(new Seccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Syscalls = [Rule("SCMP_ACT_ERRNO", "personality") with { Args = [new SeccompArg { Index = 2, Op = op, Value = value, ValueTwo = valueTwo }] }],
        });

        Assert.Equal(Errno(1), machine.Run(BpfMachine.X86_64, Personality, 0, 0, match));
        Assert.Equal(Allow, machine.Run(BpfMachine.X86_64, Personality, 0, 0, other));
    }

    [SkippableFact]
    public void Compile_conditions_on_different_arguments_must_all_hold()
    {
        var machine = Machine(new Seccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            Syscalls = [Rule("SCMP_ACT_ALLOW", "ftruncate") with { Args = [Equal(0, 7), Equal(1, 8)] }],
        });

        Assert.Equal(Allow, machine.Run(BpfMachine.X86_64, Ftruncate, 7, 8));
        Assert.Equal(Errno(1), machine.Run(BpfMachine.X86_64, Ftruncate, 7, 9));
        Assert.Equal(Errno(1), machine.Run(BpfMachine.X86_64, Ftruncate, 6, 8));
    }

    [SkippableFact]
    public void Compile_conditions_on_one_argument_are_alternatives()
    {
        var machine = Machine(new Seccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            Syscalls = [Rule("SCMP_ACT_ALLOW", "socket") with { Args = [Equal(0, 1), Equal(0, 2), Equal(1, 9)] }],
        });

        Assert.Equal(Allow, machine.Run(BpfMachine.X86_64, Socket, 1, 0));
        Assert.Equal(Allow, machine.Run(BpfMachine.X86_64, Socket, 2, 0));
        Assert.Equal(Allow, machine.Run(BpfMachine.X86_64, Socket, 3, 9));
        Assert.Equal(Errno(1), machine.Run(BpfMachine.X86_64, Socket, 3, 0));
    }

    [SkippableFact]
    public void Compile_errno_values_are_those_of_the_profile()
    {
        var machine = Machine(new Seccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            DefaultErrnoRet = 6,
            Syscalls = [Rule("SCMP_ACT_ERRNO", "chmod") with { ErrnoRet = 100 }, Rule("SCMP_ACT_TRACE", "kill") with { ErrnoRet = 9 }, Rule("SCMP_ACT_ALLOW", "dup3")],
        });

        Assert.Equal(Errno(6), machine.Run(BpfMachine.X86_64, Read));
        Assert.Equal(Errno(100), machine.Run(BpfMachine.X86_64, Chmod));
        Assert.Equal(0x7ff00009u, machine.Run(BpfMachine.X86_64, Kill64));
    }

    [SkippableFact]
    public void Compile_rule_equal_to_the_default_and_unknown_calls_are_left_out()
    {
        var machine = Machine(new Seccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Syscalls = [Rule("SCMP_ACT_ALLOW", "read"), Rule("SCMP_ACT_ERRNO", "no_such_call", "socketcall", "mkdir")],
        });

        Assert.Equal(Allow, machine.Run(BpfMachine.X86_64, Read));
        Assert.Equal(Errno(1), machine.Run(BpfMachine.X86_64, Mkdir));
    }

    [SkippableFact]
    public void Compile_long_list_decides_every_number_and_searches_a_tree()
    {
        RequireLibrary();
        var names = Enumerable.Range(0, 330).ToDictionary(n => (uint)n, n => NameOf(BpfMachine.X86_64, n));
        var allowed = names.Where(n => n.Value is not null && n.Key % 7 != 0).ToDictionary();
        var machine = Machine(new Seccomp { DefaultAction = "SCMP_ACT_ERRNO", Syscalls = [Rule("SCMP_ACT_ALLOW", [.. allowed.Values!])] });

        for (var number = 0u; number < 1000; number++)
            Assert.Equal(allowed.ContainsKey(number) ? Allow : number > allowed.Keys.Max() ? Errno(38) : Errno(1), machine.Run(BpfMachine.X86_64, number));
        // A list of nearly three hundred would take more than a hundred steps on average.
        Assert.InRange(machine.Steps / 1000, 1, 30);
    }

    [Fact]
    public void Compile_without_action_and_rules_is_no_seccomp() => Assert.Null(SeccompCompiler.Compile(new Seccomp()));

    [SkippableFact]
    public void Compile_flags_unset_asks_for_spec_allow_and_empty_for_nothing()
    {
        RequireLibrary();
        var profile = new Seccomp { DefaultAction = "SCMP_ACT_ALLOW" };

        Assert.Equal(SeccompFlags.SpecAllow, SeccompCompiler.Compile(profile)!.Flags);
        Assert.Equal(0u, SeccompCompiler.Compile(profile with { Flags = [] })!.Flags);
        Assert.Equal(
            SeccompFlags.Log,
            SeccompCompiler.Compile(profile with { Flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG"] })!.Flags);
    }

    [SkippableFact]
    public void Compile_notify_asks_for_a_listener()
    {
        RequireLibrary();
        Skip.IfNot(SeccompFlags.Supported.Contains("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"), "this kernel lacks SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");

        var program = SeccompCompiler.Compile(new Seccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            ListenerPath = "/run/agent.sock",
            Flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
            Syscalls = [Rule("SCMP_ACT_NOTIFY", "mkdir")],
        })!;

        Assert.True(program.Notify);
        Assert.Equal(40u, program.Flags);
        Assert.Equal(0x7fc00000u, new BpfMachine(program.Bpf).Run(BpfMachine.X86_64, Mkdir));
    }

    public static TheoryData<Seccomp, string> Refused => new()
    {
        { new Seccomp { DefaultAction = "SCMP_ACT_NOTIFY", ListenerPath = "/a" }, "SCMP_ACT_NOTIFY cannot be used as default action" },
        { Deny("SCMP_ACT_NOTIFY", "write") with { ListenerPath = "/a" }, "SCMP_ACT_NOTIFY cannot be used for the write syscall" },
        { Deny("SCMP_ACT_NOTIFY", "mkdir"), "seccomp listenerPath is not set" },
        { Deny("SCMP_ACT_ERRNO", "mkdir") with { ListenerMetadata = "m" }, "seccomp listenerMetadata is set without listenerPath" },
        { Deny("SCMP_ACT_MAYBE", "mkdir"), "string SCMP_ACT_MAYBE is not a valid action for seccomp" },
        { Deny("SCMP_ACT_ERRNO", "mkdir") with { Architectures = ["SCMP_ARCH_VAX"] }, "string SCMP_ARCH_VAX is not a valid arch for seccomp" },
        { Deny("SCMP_ACT_ERRNO", "mkdir") with { Flags = ["SECCOMP_FILTER_FLAG_X"] }, "seccomp flag SECCOMP_FILTER_FLAG_X is not known to anocir" },
        { Deny("SCMP_ACT_ERRNO"), "seccomp rule names no system call" },
        { new Seccomp { DefaultAction = "SCMP_ACT_ALLOW", DefaultErrnoRet = 1 }, "errno value specified for seccomp action SCMP_ACT_ALLOW" },
        { new Seccomp { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [Rule("SCMP_ACT_ERRNO", "mkdir") with { Args = [Equal(6, 1)] }] }, "seccomp condition on argument 6: a system call has 6" },
    };

    [SkippableTheory]
    [MemberData(nameof(Refused))]
    public void Compile_wrong_profile_is_refused_in_these_words(Seccomp profile, string message)
    {
        RequireLibrary();
        Assert.Equal(message, Assert.Throws<ContainerException>(() => SeccompCompiler.Compile(profile)).Message);
    }

    private static Seccomp Deny(string action, params string[] names) => new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [Rule(action, names)] };

    private static SeccompSyscall Rule(string action, params string[] names) => new() { Action = action, Names = names };

    private static SeccompArg Equal(uint index, ulong value) => new() { Index = index, Value = value, Op = "SCMP_CMP_EQ" };

    [LibraryImport("libseccomp.so.2")]
    private static partial nint seccomp_syscall_resolve_num_arch(uint architecture, int number);

    private static string? NameOf(uint architecture, int number) => Marshal.PtrToStringUTF8(seccomp_syscall_resolve_num_arch(architecture, number));

    private static BpfMachine Machine(Seccomp profile)
    {
        RequireLibrary();
        return new BpfMachine(SeccompCompiler.Compile(profile)!.Bpf);
    }

    private static void RequireLibrary()
    {
        Skip.If(SeccompCompiler.Version is null, "libseccomp.so.2 is not installed");
        Skip.IfNot(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the numbers are those of x86-64");
    }
}
