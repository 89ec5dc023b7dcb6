using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Systemd;

namespace Anocir.Platform.Cgroups.Systemd;

/// <summary>
/// Asks systemd for a transient scope around init. What systemd has a property for is set through it, since it would put its own value
/// into the file some day (<c>daemon-reload</c>); all limits are then written to the files too, for those it has no property for.
/// </summary>
/// <remarks>
/// A scope starts with a process and ends with its last: so init comes first here, waits outside for its plan, and is moved by systemd,
/// which may move it out of cgroups that are not ours to leave.
/// </remarks>
public sealed class SystemdDriver(CgroupHost host, SystemdManager manager) : CgroupDriver
{
    private bool IsLegacy => host.Layout != CgroupLayout.Unified;

    public override bool NeedsInit => true;

    public override async Task Ready()
    {
        if (!host.SystemdRunning) throw new ContainerException("systemd cgroup driver: systemd does not run on this host; leave --systemd-cgroup out");
        if (manager.IsUsers && IsLegacy) throw new ContainerException("systemd cgroup driver: a user's systemd has no say in cgroup v1; leave --systemd-cgroup out");
        try
        {
            await manager.Facts().ConfigureAwait(false);
        }
        catch (BusException e)
        {
            throw new ContainerException($"systemd cgroup driver: {e.Message}", e);
        }
    }

    public override CgroupLocation Locate(string? cgroupsPath, string id, CgroupMembership? caller)
    {
        var facts = manager.Facts();
        if (!facts.IsCompletedSuccessfully) throw new InvalidOperationException("the driver is not ready");
        var name = ScopeName.Parse(cgroupsPath, id, manager.IsUsers ? "user.slice" : "system.slice");
        return host.LocateUnit($"{facts.Result.ControlGroup}{name.Path}", name.Unit, name.Slice);
    }

    /// <summary>The slices are systemd's. A scope with processes is somebody else's, who has the name already.</summary>
    public override CgroupSite Survey(CgroupLocation location)
    {
        var isTaken = location.Places.Any(p => CgroupProcesses.In(p).Count > 0);
        return new CgroupSite(location.Directories, isTaken ? [] : location.Directories, location.Unit);
    }

    public override async Task<Cgroup> Make(CgroupOrder order, int init)
    {
        var facts = await manager.Facts().ConfigureAwait(false);
        var unit = order.Location.Unit!;
        CgroupLimits.RefuseUnifiedOnV1(host, order.Resources);
        if (Survey(order.Location).Removable.Count == 0) throw new ContainerException($"unable to start unit \"{unit}\": Unit {unit} was already loaded, and has processes");
        var properties = ScopeProperties.From(order, init, facts, IsLegacy, HasBfq(order.Location.Places), !manager.IsUsers, out var rounded);
        try
        {
            await manager.Start(unit, properties, () => IsIn(init, order.Location)).ConfigureAwait(false);
        }
        catch (BusException e)
        {
            throw new ContainerException($"unable to start unit \"{unit}\": {e.Message}", e);
        }

        var cgroup = Cgroup.Adopt(host, order.Location, order.Resources);
        if (rounded is not null) cgroup.Apply(rounded);
        cgroup.ApplyDevices(order.Resources?.Devices, order.Devices, manager.IsUsers, beside: true);
        if (order.Owner is { } owner) cgroup.Delegate(owner);
        return cgroup;
    }

    public override async Task<IReadOnlyList<string>> Update(CgroupSite site, Resources resources)
    {
        var facts = await manager.Facts().ConfigureAwait(false);
        var cgroup = Cgroup.Open(host, site.Directories);
        // systemd would set the limit, and the container be killed for it.
        cgroup.CheckMemory(resources);
        var properties = ResourceProperties.From(resources, facts, IsLegacy, HasBfq([.. site.Directories.Select(host.Find)]), out var rounded);
        try
        {
            if (properties.Count > 0) await manager.Set(site.Unit!, properties).ConfigureAwait(false);
        }
        catch (BusException e)
        {
            throw new ContainerException($"unable to set unit properties: {e.Message}", e);
        }

        return cgroup.Apply(rounded);
    }

    public override async Task Remove(CgroupSite site, TimeSpan killLimit, TimeSpan removeLimit)
    {
        if (site.Removable.Count == 0) return;
        var cgroup = Cgroup.Open(host, site.Directories);
        // Told to stop a scope, systemd would ask its processes to end, and wait for them.
        if (cgroup.Processes().Count > 0) cgroup.Kill(9, killLimit);
        try
        {
            await manager.Stop(site.Unit!).ConfigureAwait(false);
        }
        catch (BusException)
        {
            // Out of reach: its scope ends by itself with the last process, and the directories are removed here.
        }

        // What systemd does not know of: hierarchies it leaves alone, and cgroups that the container made.
        cgroup.Remove(site.Removable, removeLimit);
    }

    /// <summary>Read off the slice, since the scope is not there yet.</summary>
    private static bool HasBfq(IReadOnlyList<CgroupDirectory> places) =>
        places.FirstOrDefault(p => p.Hierarchy.IsUnified)?.Parent is { } parent && Sys.Exists($"{parent.Absolute}/io.bfq.weight");

    private static bool IsIn(int pid, CgroupLocation location)
    {
        try
        {
            var membership = CgroupMembership.Of(pid);
            return location.Places.Any(p => membership.PathIn(p.Hierarchy) == p.Path);
        }
        catch (SyscallException)
        {
            return false;
        }
    }
}
