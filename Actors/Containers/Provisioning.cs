using Anocir.Platform.Cgroups;
using Anocir.Platform.Ipc;
using Anocir.Platform.Resctrl;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>What a creation makes on the host beside init itself: the cgroup with its limits, the container's directory, the socket for start.</summary>
internal sealed class Provisioning : IDisposable
{
    private Provisioning(CgroupEntry entry, FdHandle startSocket, IReadOnlyList<string> warnings)
    {
        Entry = entry;
        StartSocket = startSocket;
        Warnings = warnings;
    }

    /// <summary>Open doors into the cgroup.</summary>
    public CgroupEntry Entry { get; }

    /// <summary>Listens in the container's directory; init waits on it for start, whichever supervisor it comes from.</summary>
    public FdHandle StartSocket { get; }

    /// <summary>Limits that this host's cgroups do not have.</summary>
    public IReadOnlyList<string> Warnings { get; }

    public static string StartSocketPath(ContainerKey key) => $"{key.Directory}/start.sock";

    /// <summary>Where a restore has the root filesystem mounted for CRIU.</summary>
    public static string RestoreMountPoint(ContainerKey key) => $"{key.Directory}/criu-root";

    /// <summary>Makes it all, or says why not: what is there then is <see cref="Remove"/>'s.</summary>
    /// <param name="key">The container.</param>
    /// <param name="blueprint">What it is to be.</param>
    /// <param name="init">Its init's pid, for a cgroup driver that needs it.</param>
    public static async Task<Provisioning> Make(ContainerKey key, Blueprint blueprint, int init)
    {
        MakeDirectory(key);
        FdHandle? socket = null;
        try
        {
            socket = UnixSocket.Listen(StartSocketPath(key), backlog: 1, nonBlocking: false);
            var cgroup = await blueprint.Driver.Make(blueprint.Order, init).ConfigureAwait(false);
            blueprint.Resctrl?.Make();
            return new Provisioning(cgroup.OpenEntry(), socket, cgroup.Warnings);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>Undoes it, whoever made it. What is not there is not missed.</summary>
    public static async Task Remove(ContainerKey key, ContainerCreating creation, ContainerServices services)
    {
        var site = creation.CgroupSite();
        var limits = services.Settings.Cgroups;
        await services.Driver(site).Remove(site, limits.KillTimeout, limits.RemoveTimeout).ConfigureAwait(false);
        ResctrlGroup.Remove(creation.ResctrlDirectoriesToRemove ?? []);
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

        // Left by a caller that was killed over a restore; whatever was mounted on it was in that caller's namespace.
        Sys.RemoveDirectory(null, RestoreMountPoint(key));
        var errno = Sys.RemoveDirectory(null, key.Directory);
        if (errno is not (0 or Errno.ENOENT)) throw new SyscallException($"rmdir {key.Directory}", errno);
    }
}
