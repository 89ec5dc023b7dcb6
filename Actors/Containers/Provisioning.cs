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

    /// <summary>Makes it all, or undoes what it made and says why.</summary>
    public static Provisioning Make(ContainerKey key, Blueprint blueprint, ContainerServices services)
    {
        MakeDirectory(key);
        FdHandle? socket = null;
        Cgroup? cgroup = null;
        try
        {
            socket = UnixSocket.Listen(StartSocketPath(key), backlog: 1, nonBlocking: false);
            var linux = blueprint.Spec.Linux;
            cgroup = Cgroup.Create(services.Cgroups, blueprint.Location, linux?.Resources, services.Rootless);
            var limits = linux?.Resources is { } resources ? cgroup.Apply(resources) : [];
            cgroup.ApplyDevices(linux?.Resources?.Devices, linux?.Devices, services.Rootless);
            blueprint.Resctrl?.Make();
            return new Provisioning(cgroup.OpenEntry(), socket, limits);
        }
        catch
        {
            socket?.Dispose();
            cgroup?.Remove(cgroup.Made);
            RemoveDirectory(key);
            throw;
        }
    }

    /// <summary>Undoes it, whoever made it. What is not there is not missed.</summary>
    public static void Remove(ContainerKey key, ContainerCreating creation, ContainerServices services)
    {
        // A cgroup that was there before us may hold others' processes: only what we made is emptied and removed.
        var ours = Cgroup.Open(services.Cgroups, [.. creation.CgroupDirectories.Intersect(creation.CgroupDirectoriesToRemove)]);
        // Init took its pid namespace with it, so mostly nobody is left: removing tells sooner than looking into every hierarchy.
        if (!ours.TryRemove(creation.CgroupDirectoriesToRemove))
        {
            ours.Kill(9, services.Settings.Cgroups.KillTimeout);
            ours.Remove(creation.CgroupDirectoriesToRemove, services.Settings.Cgroups.RemoveTimeout);
        }

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

        var errno = Sys.RemoveDirectory(null, key.Directory);
        if (errno is not (0 or Errno.ENOENT)) throw new SyscallException($"rmdir {key.Directory}", errno);
    }
}
