using System.Globalization;
using Anocir.Platform;
using Anocir.Platform.Launch;
using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Containers;

/// <summary>
/// The maps of a new user namespace: written by ourselves where the kernel lets us, and by newuidmap(1) and newgidmap(1), which know /etc/subuid and
/// /etc/subgid, where a user who is not root asks for more than his own id.
/// </summary>
internal static class IdMapWriter
{
    private const int OutputLimit = 4096;

    /// <returns>Null when the maps are written; else the task that has them written.</returns>
    /// <exception cref="SyscallException">The kernel refuses them.</exception>
    public static Task? Write(int pid, Linux linux, IReactor reactor)
    {
        var (uids, gids) = (linux.UidMappings ?? [], linux.GidMappings ?? []);
        if (IdMaps.MayWrite(uids, gids))
        {
            IdMaps.Write(pid, uids, gids);
            return null;
        }

        return WriteByHelpers(pid, uids, gids, reactor);
    }

    private static async Task WriteByHelpers(int pid, IReadOnlyList<IdMapping> uids, IReadOnlyList<IdMapping> gids, IReactor reactor)
    {
        await Run("newuidmap", pid, uids, reactor).ConfigureAwait(false);
        await Run("newgidmap", pid, gids, reactor).ConfigureAwait(false);
    }

    private static async Task Run(string program, int pid, IReadOnlyList<IdMapping> mappings, IReactor reactor)
    {
        var path = Find(program) ?? throw new ContainerException($"{program} is not in $PATH: it maps more than one's own id (Debian: package uidmap)");
        List<string> arguments = [program, pid.ToString(CultureInfo.InvariantCulture)];
        foreach (var mapping in mappings)
            foreach (var number in (ReadOnlySpan<uint>)[mapping.ContainerID, mapping.HostID, mapping.Size]) arguments.Add(number.ToString(CultureInfo.InvariantCulture));
        var child = ChildProcess.Start(new ChildProcessStart { Path = path, Arguments = arguments, Environment = [], WorkingDirectory = "/", OutputLimit = OutputLimit }, reactor);
        var result = await child.Completion.ConfigureAwait(false);
        if (!result.Succeeded) throw new ContainerException($"{string.Join(' ', arguments)}: {result.Describe()}: {(result.Output + result.Errors).Trim()}");
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':').Where(static d => d.StartsWith('/')).Select(d => $"{d}/{program}").FirstOrDefault(Sys.Exists);
}
