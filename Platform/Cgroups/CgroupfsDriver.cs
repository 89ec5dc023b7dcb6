using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>Makes cgroups by mkdir(2), below the caller's or where the config says.</summary>
/// <param name="host">The host.</param>
/// <param name="rootless">Go without what an ordinary user may not have.</param>
public sealed class CgroupfsDriver(CgroupHost host, bool rootless) : CgroupDriver
{
    public override bool NeedsInit => false;

    public override Task Ready() => Task.CompletedTask;

    public override CgroupLocation Locate(string? cgroupsPath, string id, CgroupMembership? caller) => host.Locate(cgroupsPath, id, caller);

    /// <summary>The cgroup's directories and those above them that are not there yet: ours to make, so ours to remove.</summary>
    public override CgroupSite Survey(CgroupLocation location)
    {
        var missing = new List<string>();
        foreach (var directory in location.Directories)
        {
            for (var path = directory; path.Length > 1 && !Sys.Exists(path); path = Path.GetDirectoryName(path)!) missing.Add(path);
        }

        return new CgroupSite(location.Directories, missing, null);
    }

    public override Task<Cgroup> Make(CgroupOrder order, int init)
    {
        var cgroup = Cgroup.Create(host, order.Location, order.Resources, rootless);
        var complete = false;
        try
        {
            if (order.Resources is { } resources) cgroup.Apply(resources);
            cgroup.ApplyDevices(order.Resources?.Devices, order.Devices, rootless);
            if (order.Owner is { } owner) cgroup.Delegate(owner);
            complete = true;
            return Task.FromResult(cgroup);
        }
        finally
        {
            if (!complete) cgroup.Remove(cgroup.Made);
        }
    }

    public override Task<IReadOnlyList<string>> Update(CgroupSite site, Resources resources) =>
        Task.FromResult(Cgroup.Open(host, site.Directories).Apply(resources));

    public override Task Remove(CgroupSite site, TimeSpan killLimit, TimeSpan removeLimit)
    {
        // A cgroup that was there before us may hold others' processes: only what we made is emptied and removed.
        var ours = Cgroup.Open(host, [.. site.Directories.Intersect(site.Removable)]);
        // Init took its pid namespace with it, so mostly nobody is left: removing tells sooner than looking into every hierarchy.
        if (ours.TryRemove(site.Removable)) return Task.CompletedTask;
        ours.Kill(9, killLimit);
        ours.Remove(site.Removable, removeLimit);
        return Task.CompletedTask;
    }
}
