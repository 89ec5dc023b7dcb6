using System.Globalization;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Launch;

/// <summary>uid_map and gid_map of a new user namespace (user_namespaces(7)), written from outside it.</summary>
public static class IdMaps
{
    /// <summary>Whether the kernel takes them from us: root's of any kind, anybody's of his own id alone (user_namespaces(7)).</summary>
    public static bool MayWrite(IReadOnlyList<IdMapping> uids, IReadOnlyList<IdMapping> gids) =>
        Libc.geteuid() == 0 || (uids is [{ Size: 1 } uid] && uid.HostID == Libc.geteuid() && gids is [{ Size: 1 } gid] && gid.HostID == Libc.getegid());

    /// <summary>Writes the maps for the process. Each may be written once.</summary>
    public static void Write(int pid, IReadOnlyList<IdMapping> uids, IReadOnlyList<IdMapping> gids)
    {
        var directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
        // An unprivileged writer of a gid_map must give setgroups up first, lest a group that denies access be dropped.
        if (Libc.geteuid() != 0) KernelFile.Write($"{directory}/setgroups", "deny");
        KernelFile.Write($"{directory}/uid_map", Lines(uids));
        KernelFile.Write($"{directory}/gid_map", Lines(gids));
    }

    /// <summary>Whether a process' user namespace has these mappings, as they are seen from ours.</summary>
    /// <param name="file">uid_map or gid_map.</param>
    public static bool Matches(int pid, string file, IReadOnlyList<IdMapping> mappings)
    {
        var there = KernelFile.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        return there.Order(StringComparer.Ordinal).SequenceEqual(Lines(mappings).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    private static string Lines(IReadOnlyList<IdMapping> mappings) =>
        string.Concat(mappings.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.ContainerID} {m.HostID} {m.Size}\n")));
}
