using Anocir.Platform.Cgroups;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>What a creation makes on the host beside init itself: the cgroup with its limits, the container's directory, the socket for start.</summary>
internal sealed class Provisioning : IDisposable
{
    private Provisioning(CgroupEntry entry, FdHandle startSocket)
    {
        Entry = entry;
        StartSocket = startSocket;
    }

    /// <summary>Open doors into the cgroup.</summary>
    public CgroupEntry Entry { get; }

    /// <summary>Listens in the container's directory; init waits on it for start, whichever supervisor it comes from.</summary>
    public FdHandle StartSocket { get; }

    public static string StartSocketPath(ContainerKey key) => $"{key.Directory}/start.sock";

    /// <summary>Makes it all, or undoes what it made and says why.</summary>
    public static Provisioning Make(ContainerKey key, Blueprint blueprint, ContainerServices services)
    {
        MakeDirectory(key);
        FdHandle? socket = null;
        Cgroup? cgroup = null;
        try
        {
            socket = UnixSocket.Listen(StartSocketPath(key), backlog: 1, nonBlocking: false);
            cgroup = Cgroup.Create(services.Cgroups, blueprint.Location, blueprint.Spec.Linux?.Resources);
            return new Provisioning(cgroup.OpenEntry(), socket);
        }
        catch
        {
            socket?.Dispose();
            cgroup?.Remove();
            RemoveDirectory(key);
            throw;
        }
    }

    /// <summary>Undoes it, whoever made it. What is not there is not missed.</summary>
    public static void Remove(ContainerKey key, Cgroup cgroup, ContainerCreating creation)
    {
        cgroup.Kill(9);
        cgroup.Remove(creation.CgroupDirectoriesToRemove);
        RemoveDirectory(key);
    }

    public void Dispose()
    {
        Entry.Dispose();
        StartSocket.Dispose();
    }

    private static void MakeDirectory(ContainerKey key)
    {
        if (Sys.TryMakeDirectory(key.Directory, 0x1C0 /* 0700 */) == Errno.ENOENT)
        {
            Directory.CreateDirectory(key.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Sys.MakeDirectory(null, key.Directory, 0x1C0);
        }
    }

    private static void RemoveDirectory(ContainerKey key)
    {
        foreach (var file in (ReadOnlySpan<string>)["start.sock", "state.json", "state.json.new"])
        {
            Sys.Unlink(null, $"{key.Directory}/{file}");
        }

        var errno = Sys.RemoveDirectory(null, key.Directory);
        if (errno is not (0 or Errno.ENOENT)) throw new SyscallException($"rmdir {key.Directory}", errno);
    }
}
