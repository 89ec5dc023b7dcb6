using System.Diagnostics;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Platform.Tests.Processes;

/// <summary>What is reserved for the C library's opaque types is enough, by its own headers.</summary>
public sealed class SpawnLayoutTests
{
    [SkippableFact]
    public async Task Types_of_the_c_library_fit_what_is_reserved_and_siginfo_is_where_it_is_read()
    {
        Skip.IfNot(File.Exists("/usr/bin/cc"), "no C compiler");
        var program =
            $$"""
            #include <spawn.h>
            #include <signal.h>
            #include <stddef.h>
            _Static_assert(sizeof(posix_spawn_file_actions_t) <= {{Libc.SpawnFileActionsSize}}, "file actions");
            _Static_assert(sizeof(posix_spawnattr_t) <= {{Libc.SpawnAttributesSize}}, "attributes");
            _Static_assert(sizeof(sigset_t) <= {{Libc.SignalSetSize}}, "signal set");
            _Static_assert(POSIX_SPAWN_SETPGROUP == 2 && POSIX_SPAWN_SETSIGDEF == 4 && POSIX_SPAWN_SETSIGMASK == 8, "flags");
            _Static_assert(sizeof(siginfo_t) == 128, "siginfo");
            _Static_assert(offsetof(siginfo_t, si_code) == 8 && offsetof(siginfo_t, si_pid) == 16 && offsetof(siginfo_t, si_status) == 24, "siginfo fields");
            """;
        var start = new ProcessStartInfo("/usr/bin/cc", ["-x", "c", "-fsyntax-only", "-"]) { RedirectStandardInput = true, RedirectStandardError = true };
        using var compiler = Process.Start(start)!;
        await compiler.StandardInput.WriteAsync(program);
        compiler.StandardInput.Close();
        var errors = await compiler.StandardError.ReadToEndAsync();
        await compiler.WaitForExitAsync();
        Assert.Equal("", errors);
    }
}
