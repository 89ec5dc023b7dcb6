using Anocir.Platform.Cgroups.Devices;
using Anocir.Platform.Cgroups.V1;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>Changes the limits of a cgroup with processes in it: all of them, or none when one is refused.</summary>
internal static class CgroupUpdate
{
    /// <returns>Warnings, as <see cref="CgroupLimits"/> gives them.</returns>
    /// <param name="changeDevices">Sets the rules; called last, for what cannot be read back cannot be put back either.</param>
    internal static IReadOnlyList<string> Apply(CgroupHost host, IEnumerable<CgroupDirectory> directories, Resources written, Action changeDevices)
    {
        CgroupLimits.RefuseUnifiedOnV1(host, written);
        var undo = new CgroupUndo();
        var limits = new CgroupLimits(host, [.. directories.Select(d => d.Recording(undo))]);
        try
        {
            limits.Apply(written);
            changeDevices();
            return limits.Warnings;
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            var failures = undo.TakeBack();
            if (failures.Count == 0) throw;
            throw new ContainerException($"{e.Message}; and what was written before it could not be taken back: {string.Join("; ", failures)}", e);
        }
    }

    /// <summary>From one set of device rules to another, without a moment in which a device of both is denied.</summary>
    /// <param name="whileStopped">Runs what it is given with every process stopped.</param>
    internal static void ReplaceDevices(CgroupDirectory directory, DeviceRules before, DeviceRules after, Action<Action> whileStopped)
    {
        if (directory.Hierarchy.IsUnified)
        {
            using var fd = directory.OpenDirectory(Sys.ORdOnly);
            BpfDeviceFilter.Attach(fd, after);
            return;
        }

        try
        {
            // Version 1 empties its list before it changes what holds by default: for a moment everything is denied, either way.
            if (before.AllowByDefault == after.AllowByDefault) DevicesV1.Change(directory, before, after);
            else whileStopped(() => DevicesV1.Apply(directory, after));
        }
        catch (SyscallException)
        {
            whileStopped(() => DevicesV1.Apply(directory, before));
            throw;
        }
    }
}
