using Anocir.Platform;
using Anocir.Platform.Syscalls;

namespace Anocir.Supervisor.Composition;

/// <summary>
/// The one copy of <c>anocir</c> that enters containers: a memfd that nobody can change any more, so that a container which gets
/// hold of its init's /proc/PID/exe has nothing in hand (CVE-2019-5736). Every init shares its pages.
/// </summary>
internal sealed record SealedExecutable(FdHandle Memory, string Build)
{
    private const int LargestProgram = 256 * 1024 * 1024;

    public static SealedExecutable Open()
    {
        var directory = Path.GetDirectoryName(Sys.ReadLink("/proc/self/exe"))!;
        foreach (var candidate in (ReadOnlySpan<string>)[$"{directory}/anocir", $"{directory}/../bin/anocir", $"{directory}/../../bin/anocir"])
        {
            using var file = Sys.TryOpen(null, candidate, Sys.ORdOnly, 0, out _);
            if (file is null || !Sys.IsRegularFile(file)) continue;
            var memory = Sys.MemoryFile("anocir", Sys.ReadAll(file, LargestProgram, candidate), executable: true);
            return new SealedExecutable(memory, Platform.Build.IdentityOf(file));
        }

        throw new ContainerException($"the program anocir is neither in {directory} nor in ../bin");
    }
}
